/** The form: a control per property of the schema, in its order, holding the typical row. */

import { element } from "./dom.js";

const MOST_RADIOS = 3;
const NOT_KNOWN = "Not known";

export class RowForm {
  constructor(container, schema) {
    const properties = Object.entries(schema.properties).sort(([, a], [, b]) => a["x-order"] - b["x-order"]);
    this.fields = new Map(properties.map(([name, property], i) => [name, makeField(property, `field-${i}`)]));
    container.replaceChildren(...[...this.fields.values()].map((field) => field.node));
  }

  get row() {
    return Object.fromEntries([...this.fields].map(([name, field]) => [name, field.read()]));
  }

  clearErrors() {
    for (const field of this.fields.values()) setError(field, "");
  }

  /** Put each refusal beside its field. Return the first such field and the refusals that belong to no field. */
  showErrors(errors) {
    this.clearErrors();
    const named = errors.map((error) => ({ error, field: this.fields.get(nameOf(error.pointer)) }));
    const matched = named.filter(({ field }) => field);
    for (const { error, field } of matched) setError(field, messageOf(error, field));
    return { first: matched[0]?.field, others: named.filter(({ field }) => !field).map(({ error }) => error) };
  }
}

/** Return the name in a JSON pointer to a field of the row (RFC 6901). */
function nameOf(pointer) {
  return String(pointer).split("/")[1]?.replaceAll("~1", "/").replaceAll("~0", "~");
}

function messageOf({ detail, suggestion }, field) {
  const cure = suggestion ? ` Did you mean “${suggestion}”?` : field.isNumber ? " Enter a number." : "";
  return (detail ?? "This value cannot be used.") + cure;
}

function setError({ control, error }, message) {
  error.textContent = message;
  control.setAttribute("aria-invalid", String(message !== ""));
}

function makeField(property, id) {
  const isNumber = property["x-kind"] === "number";
  const make = isNumber ? makeNumber : property.enum.length <= MOST_RADIOS ? makeRadios : makeSelect;
  const hint = element("p", { id: `${id}-hint`, className: "hint", textContent: hintOf(property) });
  const error = element("p", { id: `${id}-error`, className: "error" });
  const field = make(property, id, hint, error);
  field.control.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
  return { ...field, error, isNumber };
}

function hintOf({ description, "x-range": range, "x-unit": unit = "" }) {
  return [description, range && `${rangeOf(range)} ${unit}`.trim() + " in the data."].filter(Boolean).join(" ");
}

function rangeOf(range) {
  return range.map((end) => end.toLocaleString("en", { maximumSignificantDigits: 6 })).join(" to ");
}

const textOf = (choice) => choice ?? NOT_KNOWN;

function makeSelect(property, id, hint, error) {
  const options = property.enum.map((choice) =>
    element("option", { textContent: textOf(choice), defaultSelected: choice === property["x-example"] }),
  );
  const control = element("select", { id }, ...options);
  const label = element("label", { htmlFor: id, textContent: property["x-label"] });
  const node = element("div", { className: "field" }, label, hint, control, error);
  return { node, control, focus: control, read: () => property.enum[control.selectedIndex] };
}

function makeRadios(property, id, hint, error) {
  const radios = property.enum.map((choice) =>
    element("input", { type: "radio", name: id, defaultChecked: choice === property["x-example"] }),
  );
  const labels = radios.map((radio, i) => element("label", {}, radio, element("span", {}, textOf(property.enum[i]))));
  const choices = element("div", { className: "choices" }, ...labels);
  const legend = element("legend", { textContent: property["x-label"] });
  const control = element("fieldset", { className: "field", id }, legend, hint, choices, error);
  control.setAttribute("role", "radiogroup");
  const read = () => property.enum[radios.findIndex((radio) => radio.checked)];
  return { node: control, control, focus: radios[0], read };
}

function makeNumber(property, id, hint, error) {
  const control = element("input", {
    id,
    type: "number",
    step: property["x-step"] ?? "any",
    placeholder: property["x-range"] ? rangeOf(property["x-range"]) : "",
    defaultValue: property["x-example"] ?? "",
  });
  const unit = property["x-unit"] ?? "";
  const label = element("label", { htmlFor: id, textContent: property["x-label"] });
  const measure = element("div", { className: "measure" }, control, element("span", { ariaHidden: "true" }, unit));
  const node = element("div", { className: "field" }, label, hint, measure, error);
  return { node, control, focus: control, read: () => (control.value === "" ? null : Number(control.value)) };
}
