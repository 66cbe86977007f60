/** The form: a control per property of the schema, in its order, holding the typical row at first. */

import { element } from "./dom.js";
import { nameIn, pointerTo } from "./twin/row.js";

const MOST_RADIOS = 3;

export const NOT_KNOWN = "Not known"; // how people read null

/** Return how people read a value of a property. */
export function textOf(value, { "x-other": other } = {}) {
  if (value === null) return NOT_KNOWN;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return value === other ? "Other" : String(value);
}

/** Return the choices of a property, those of a truth value as people expect them; undefined if it has none. */
export function choicesOf({ "x-kind": kind, enum: closed, "x-choices": choices = closed }) {
  return kind === "boolean" ? [true, ...choices.filter((choice) => choice !== true)] : choices;
}

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
  /** Fill `container` with a field per property; `makeEntry` is that of entries.js, where a field is typed into. */
  constructor(container, schema, { makeEntry } = {}) {
    const make = ([name, property], i) => [name, makeField(property, `field-${i}`, makeEntry)];
    this.fields = new Map(propertiesOf(schema).map(make));
    container.replaceChildren(...[...this.fields.values()].map((field) => field.node));
  }

  /** What is typed and chosen; what is no number or no date is NaN. */
  get row() {
    return Object.fromEntries([...this.fields].map(([name, field]) => [name, field.read()]));
  }

  /** The row, with the text itself where that is no value, so that nothing typed is lost. */
  get typed() {
    const text = (field) => (field.fault?.() ? field.control.value : field.read());
    return Object.fromEntries([...this.fields].map(([name, field]) => [name, text(field)]));
  }

  /** The name of the field that has the focus, if one has. */
  get focused() {
    return [...this.fields].find(([, { node }]) => node.contains(document.activeElement))?.[0];
  }

  /** What is typed where it is no value, told as the function's errors are. */
  get errors() {
    return [...this.fields]
      .map(([name, field]) => ({ pointer: pointerTo(name), detail: field.fault?.() }))
      .filter(({ detail }) => detail);
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

function messageOf({ detail, suggestion }, { read, needed }) {
  const cure = suggestion ? ` Did you mean “${suggestion}”?` : needed && read() === null ? ` ${needed}` : "";
  return (detail ?? "This value cannot be used.") + cure;
}

function setError({ control, error }, message) {
  error.textContent = message;
  control.setAttribute("aria-invalid", String(message !== ""));
}

function makeField(property, id, makeEntry) {
  const label = property["x-label"];
  const parts = {
    hint: element("p", { id: `${id}-hint`, className: "hint", textContent: property.description ?? "" }),
    remark: element("p", { id: `${id}-remark`, className: "remark" }),
    error: element("p", { id: `${id}-error`, className: "error" }),
  };
  const choices = choicesOf(property);
  const isShort = choices?.length <= MOST_RADIOS && !property["x-other"];
  const field = (choices ? (isShort ? makeRadios : makeSelect) : makeEntry)(property, id, parts);
  field.control.setAttribute("aria-describedby", Object.values(parts).map((part) => part.id).join(" "));
  return { ...field, label, error: parts.error };
}

function makeSelect(property, id, parts) {
  const choices = choicesOf(property);
  const values = [...choices]; // as they are sent: in the place of “Other” a text that a link or an example has
  const other = choices.indexOf(property["x-other"]);
  const options = choices.map((choice) =>
    element("option", { textContent: textOf(choice, property), defaultSelected: choice === property["x-example"] }),
  );
  const control = element("select", { id }, ...options);
  const node = labelled(property, control, [parts.hint, control, parts.remark, parts.error]);
  const write = (value) => {
    const known = choices.indexOf(value);
    const index = known < 0 && typeof value === "string" ? other : known;
    if (index < 0) return false;
    if (index === other) {
      values[other] = value;
      options[other].textContent = known < 0 ? `Other: “${value}”` : textOf(value, property);
    }
    control.selectedIndex = index;
    return true;
  };
  return { node, control, focus: control, read: () => values[control.selectedIndex], write };
}

function makeRadios(property, id, { hint, remark, error }) {
  const values = choicesOf(property);
  const radios = values.map((choice) =>
    element("input", { type: "radio", name: id, defaultChecked: choice === property["x-example"] }),
  );
  const labels = radios.map((radio, i) => element("label", {}, radio, element("span", {}, textOf(values[i]))));
  const choices = element("div", { className: "choices" }, ...labels);
  const legend = element("legend", { textContent: property["x-label"] });
  const parts = [legend, hint, choices, remark, error];
  const control = element("fieldset", { className: "field", id, role: "radiogroup" }, ...parts);
  const read = () => values[radios.findIndex((radio) => radio.checked)];
  const write = (value) => {
    const radio = radios[values.indexOf(value)];
    if (radio) radio.checked = true;
    return Boolean(radio);
  };
  return { node: control, control, focus: radios[0], read, write };
}

export function labelled(property, control, parts) {
  const label = element("label", { htmlFor: control.id, textContent: property["x-label"] });
  return element("div", { className: "field" }, label, ...parts);
}
