/** The entries: fields of the form that a number or a date is typed into. */

import { element } from "./dom.js";
import { labelled, rangeOf } from "./form.js";
import { NUMBER, cureOf } from "./numeral.js";

/** Return a field, as form.js has them; `fault` tells in words that what is typed is of another kind, else "". */
export function makeEntry(property, id, { hint, remark, error }) {
  const { description, type, "x-range": range, "x-unit": unit = "" } = property;
  const entry = property.format === "date" ? enterDate(property, id) : enterNumber(property, id);
  const { control } = entry;
  const found = range ? `${`${rangeOf(range)} ${unit}`.trim()} in the data.` : "";
  const gap = type.includes("null") ? "Leave empty if not known." : "";
  hint.textContent = [description, found, gap].filter(Boolean).join(" ");
  const read = () => {
    const value = entry.parse();
    const isFar = range && value !== null && (value < range[0] || value > range[1]);
    remark.textContent = isFar ? `The model has learned from ${rangeOf(range)} only: it guesses here.` : "";
    return value;
  };
  const units = unit ? [element("span", { ariaHidden: "true" }, unit)] : [];
  const measure = element("div", { className: "measure" }, control, ...units);
  return { ...entry, node: labelled(property, control, [hint, measure, remark, error]), focus: control, read };
}

/** A text and no `type=number`: that drops a comma while it is typed, and 1,5 becomes 15. */
function enterNumber({ "x-range": range, "x-example": example }, id) {
  const placeholder = range ? rangeOf(range) : "";
  const control = element("input", { id, inputMode: "decimal", placeholder, defaultValue: example ?? "" });
  const parse = () => {
    const text = control.value.trim();
    return text === "" ? null : NUMBER.test(text) ? Number(text) : NaN;
  };
  const fault = () => {
    const text = control.value.trim();
    return Number.isNaN(parse()) ? `“${text}” is no number. ${cureOf(text)}` : "";
  };
  const write = (value) => {
    const fits = value === null || typeof value === "number" || typeof value === "string";
    if (fits) control.value = value ?? "";
    return fits;
  };
  return { control, parse, write, fault, needed: "Enter a number." };
}

function enterDate({ "x-example": example }, id) {
  const ends = { min: "0001-01-01", max: "9999-12-31" };
  const control = element("input", { id, type: "date", ...ends, defaultValue: example ?? "" });
  const fault = () => (control.validity.badInput ? "This is no date. Enter day, month and year, or clear it." : "");
  const parse = () => (fault() ? NaN : control.value || null);
  const write = (value) => {
    const before = control.value;
    const text = value ?? "";
    if (typeof text === "string") control.value = text;
    const fits = control.value === text;
    if (!fits) control.value = before;
    return fits;
  };
  return { control, parse, write, fault, needed: "Enter a date." };
}
