/** The cells of a CSV: what JSON would have in their place. The twin of functions/predict/cells.py. */

import { NUMBER } from "../numeral.js";
import { dayOf } from "../twin/dates.js";

const BOOLEANS = new Map([
  ...["true", "t", "yes", "y", "1"].map((text) => [text, true]),
  ...["false", "f", "no", "n", "0"].map((text) => [text, false]),
]);
const MISSING = [""]; // the texts that mean missing, where a schema has no `x-missing`
const NUMERAL = /^-?(0|[1-9]\d*)(\.\d+)?(e[-+]?\d+)?$/i; // as programs write numbers; 007 may be a code
const ISO = "%Y-%m-%d";
const CODES = { "%Y": "(?<year>\\d{4})", "%m": "(?<month>\\d{1,2})", "%d": "(?<day>\\d{1,2})" };
const ORDERS = [["%Y", "%m", "%d"], ["%d", "%m", "%Y"], ["%m", "%d", "%Y"]]; // in which people write dates
const SEPARATORS = [..."-/. "];
const TIME = "(?:[T ]\\d{1,2}:\\d\\d[:.\\d]*(?: ?[AaPp][Mm])?(?: ?[A-Z]{1,4}| ?[-+][\\d:]+)?)?"; // of day: left out

/**
 * Return the function that reads the cells of a column: null for the texts of `missing`, in a column of numbers also for
 * the same numbers. What cannot be read is left to the check of rows.
 */
export function makeReader(property, missing = MISSING) {
  const read = readerOf(property, missing.filter((text) => NUMERAL.test(text)).map(Number));
  return (cell) => (missing.includes(cell) ? null : read(cell));
}

function readerOf({ type, format, "x-format": other = ISO }, missing) {
  if (type.includes("boolean")) return (cell) => BOOLEANS.get(cell.toLowerCase()) ?? cell;
  if (format === "date") {
    const patterns = [ISO, other].map(patternOf);
    const isPlain = (cell) => cell[4] === "-" && cell.length === 10;
    return (cell) => (isPlain(cell) ? cell : dateIn(cell, patterns) ?? cell);
  }
  if (type.includes("string")) return (cell) => cell;
  return (cell) => {
    const text = cell.trim();
    if (!NUMBER.test(text) || !Number.isFinite(Number(text))) return cell;
    return missing.includes(Number(text)) ? null : Number(text);
  };
}

/** Return the one date that a text can mean; null if it can mean two, as 01/02/2024 can. */
export function guessDate(text) {
  if (typeof text !== "string") return null;
  const forms = SEPARATORS.flatMap((separator) => ORDERS.map((order) => order.join(separator)));
  const found = new Set(forms.map((form) => dateIn(text, [patternOf(form)])));
  found.delete(null);
  return found.size === 1 ? [...found][0] : null;
}

/** Return the ways to write a date that cells of a column may have. */
export function waysToWrite(date, { "x-format": format = ISO }) {
  const [year, month, day] = date.split("-");
  const parts = { "%Y": year, "%m": month, "%d": day };
  return [...new Set([date, format.replace(/%[Ymd]/g, (code) => parts[code])])].join(" or ");
}

/** Return the pattern of a date as strptime's codes have it, with or without a time of day. */
function patternOf(form) {
  const escaped = form.replace(/[^%\w]/g, "\\$&");
  return RegExp(`^${escaped.replace(/%[Ymd]/g, (code) => CODES[code])}${TIME}$`);
}

/** Return the text for a value that is missing: nothing, if that means it, else the first of those that do. */
export function missingText({ "x-missing": missing = MISSING }) {
  return missing.includes("") ? "" : missing[0] ?? "";
}

/** Return the day of a text that is written as one of the patterns, as YYYY-MM-DD, or null. */
function dateIn(text, patterns) {
  const found = patterns.map((pattern) => pattern.exec(text)).find(Boolean);
  if (!found) return null;
  const { year, month, day } = found.groups;
  const date = [year, month.padStart(2, "0"), day.padStart(2, "0")].join("-");
  return Number.isNaN(dayOf(date)) ? null : date;
}
