/** The form: a control per property of the schema, in its order, holding the typical row at first. */

import { element } from "./dom.js";
import { NUMBER, cureOf } from "./numeral.js";
import { nameIn, pointerTo } from "./twin/row.js";

const MOST_RADIOS = 3;

export const NOT_KNOWN = "Not known"; // how people read null

export const textOf = (choice) => (choice === null ? NOT_KNOWN : String(choice));

/** Return the properties of a schema in their order: [name, property] each. */
export function propertiesOf(schema) {
  return Object.entries(schema.properties).sort(([, a], [, b]) => a["x-order"] - b["x-order"]);
}

/** Return the two ends of a range in words. */
export function rangeOf(range) {
  const text = (end) => (typeof end === "number" ? end.toLocaleString("en", { maximumSignificantDigits: 6 }) : end);
  return range.map(text).join(" to ");
}

export class RowForm {
  constructor(container, schema) {
    this.fields = new Map(propertiesOf(schema).map(([name, property], i) => [name, makeField(property, `field-${i}`)]));
    container.replaceChildren(...[...this.fields.values()].map((field) => field.node));
  }

  /** What is typed and chosen; a number that is none is NaN. */
  get row() {
    return Object.fromEntries([...this.fields].map(([name, field]) => [name, field.read()]));
  }

  /** The row, with the text itself where it is no number, so that nothing typed is lost. */
  get typed() {
    const text = (field) => (Number.isNaN(field.read()) ? field.control.value : field.read());
    return Object.fromEntries([...this.fields].map(([name, field]) => [name, text(field)]));
  }

  /** The name of the field that has the focus, if one has. */
  get focused() {
    return [...this.fields].find(([, { node }]) => node.contains(document.activeElement))?.[0];
  }

  /** The texts that stand where a number belongs, as the function's errors are. */
  get errors() {
    return [...this.fields]
      .filter(([, field]) => Number.isNaN(field.read()))
      .map(([name, field]) => ({ pointer: pointerTo(name), detail: noNumber(field.control.value.trim()) }));
  }

  /** Put the values of a row into the fields of their names. Return those that no field takes: { name, value } each. */
  fill(row) {
    return Object.entries(row)
      .filter(([name, value]) => !this.fields.get(name)?.write(value))
      .map(([name, value]) => ({ name: this.fields.get(name)?.label ?? name, value }));
  }

  clearErrors() {
    for (const field of this.fields.values()) setError(field, "");
  }

  /** Put each refusal beside its field. Return the first such field and the refusals that belong to no field. */
  showErrors(errors) {
    this.clearErrors();
    const named = errors.map((error) => ({ error, field: this.fields.get(nameIn(error.pointer)) }));
    const matched = named.filter(({ field }) => field);
    for (const { error, field } of matched) setError(field, messageOf(error, field));
    return { first: matched[0]?.field, others: named.filter(({ field }) => !field).map(({ error }) => error) };
  }
}

const noNumber = (text) => `“${text}” is no number. ${cureOf(text)}`;

function messageOf({ detail, suggestion }, field) {
  const isEmpty = field.isNumber && !field.control.value;
  const cure = suggestion ? ` Did you mean “${suggestion}”?` : isEmpty ? " Enter a number." : "";
  return (detail ?? "This value cannot be used.") + cure;
}

function setError({ control, error }, message) {
  error.textContent = message;
  control.setAttribute("aria-invalid", String(message !== ""));
}

function makeField(property, id) {
  const isNumber = property["x-kind"] === "number";
  const label = property["x-label"];
  const parts = {
    hint: element("p", { id: `${id}-hint`, className: "hint", textContent: hintOf(property) }),
    remark: element("p", { id: `${id}-remark`, className: "remark" }),
    error: element("p", { id: `${id}-error`, className: "error" }),
  };
  const field = chooseMaker(property)(property, id, parts);
  field.control.setAttribute("aria-describedby", Object.values(parts).map((part) => part.id).join(" "));
  return { ...field, label, error: parts.error, isNumber };
}

function chooseMaker({ "x-kind": kind, enum: choices }) {
  if (choices) return choices.length <= MOST_RADIOS ? makeRadios : makeSelect;
  return kind === "date" ? makeDate : makeNumber;
}

function hintOf({ description, "x-range": range, "x-unit": unit = "" }) {
  return [description, range && `${rangeOf(range)} ${unit}`.trim() + " in the data."].filter(Boolean).join(" ");
}

function makeSelect(property, id, parts) {
  const options = property.enum.map((choice) =>
    element("option", { textContent: textOf(choice), defaultSelected: choice === property["x-example"] }),
  );
  const control = element("select", { id }, ...options);
  const node = labelled(property, control, [parts.hint, control, parts.remark, parts.error]);
  const write = (value) => {
    const index = property.enum.indexOf(value);
    if (index >= 0) control.selectedIndex = index;
    return index >= 0;
  };
  return { node, control, focus: control, read: () => property.enum[control.selectedIndex], write };
}

function makeRadios(property, id, { hint, remark, error }) {
  const radios = property.enum.map((choice) =>
    element("input", { type: "radio", name: id, defaultChecked: choice === property["x-example"] }),
  );
  const labels = radios.map((radio, i) => element("label", {}, radio, element("span", {}, textOf(property.enum[i]))));
  const choices = element("div", { className: "choices" }, ...labels);
  const legend = element("legend", { textContent: property["x-label"] });
  const parts = [legend, hint, choices, remark, error];
  const control = element("fieldset", { className: "field", id, role: "radiogroup" }, ...parts);
  const read = () => property.enum[radios.findIndex((radio) => radio.checked)];
  const write = (value) => {
    const radio = radios[property.enum.indexOf(value)];
    if (radio) radio.checked = true;
    return Boolean(radio);
  };
  return { node: control, control, focus: radios[0], read, write };
}

/** A text and no `type=number`: that drops a comma while it is typed, and 1,5 becomes 15. */
function makeNumber(property, id, { hint, remark, error }) {
  const { "x-range": range, "x-unit": unit, "x-example": example } = property;
  const control = element("input", {
    id,
    inputMode: "decimal",
    placeholder: range ? rangeOf(range) : "",
    defaultValue: example ?? "",
  });
  const units = unit ? [element("span", { ariaHidden: "true" }, unit)] : [];
  const measure = element("div", { className: "measure" }, control, ...units);
  const read = () => {
    const text = control.value.trim();
    const value = text === "" ? null : NUMBER.test(text) ? Number(text) : NaN;
    const isFar = range && value !== null && (value < range[0] || value > range[1]);
    remark.textContent = isFar ? `The model has learned from ${rangeOf(range)} only: it guesses here.` : "";
    return value;
  };
  const write = (value) => {
    const fits = value === null || typeof value === "number" || typeof value === "string";
    if (fits) control.value = value ?? "";
    return fits;
  };
  return { node: labelled(property, control, [hint, measure, remark, error]), control, focus: control, read, write };
}

function makeDate(property, id, { hint, remark, error }) {
  const control = element("input", { id, type: "date", defaultValue: property["x-example"] ?? "" });
  const write = (value) => {
    const before = control.value;
    const text = value ?? "";
    if (typeof text === "string") control.value = text;
    const fits = control.value === text;
    if (!fits) control.value = before;
    return fits;
  };
  const node = labelled(property, control, [hint, control, remark, error]);
  return { node, control, focus: control, read: () => control.value || null, write };
}

function labelled(property, control, parts) {
  const label = element("label", { htmlFor: control.id, textContent: property["x-label"] });
  return element("div", { className: "field" }, label, ...parts);
}
