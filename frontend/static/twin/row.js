/** The check of a row's values. The twin of functions/predict/row.py and problems.py, in their words. */

import { dayOf } from "./dates.js";

const LONGEST_GIVEN = 100; // characters of a refused value that are repeated

/** Return { pointer, detail, given, allowed, suggestion } per bad field; `suggest(given, property)` finds the last. */
export function checkRow(row, { properties }, suggest = () => null) {
  const given = (name) => (Object.hasOwn(row, name) ? row[name] : undefined);
  return Object.entries(properties)
    .filter(([name, property]) => !isAllowed(given(name) ?? null, property))
    .sort(([, a], [, b]) => a["x-order"] - b["x-order"])
    .map(([name, property]) => errorOf(name, given(name), property, suggest));
}

function isAllowed(given, { type, enum: choices, format, minimum, maximum }) {
  if (given === null) return choices ? choices.includes(null) : type.includes("null");
  if (choices) return choices.includes(given);
  if (format === "date") return !Number.isNaN(dayOf(given));
  if (type.includes("string")) return typeof given === "string" && given.isWellFormed();
  return typeof given === "number" && minimum <= given && given <= maximum && !isFraction(given, type);
}

const isFraction = (given, type) => type.includes("integer") && Number.isFinite(given) && given % 1 !== 0;

function errorOf(name, given, property, suggest) {
  const { type, format, minimum, maximum, enum: choices } = property;
  const allowed = choices ?? { type, format, minimum, maximum };
  const isWhole = !choices && isFraction(given, type);
  const detail = isWhole ? "A whole number is expected." : "This value is not allowed.";
  return {
    pointer: pointerTo(name),
    detail: given === undefined ? "This field is missing." : detail,
    given: shown(given ?? null),
    allowed,
    suggestion: suggest(given, property),
  };
}

/** Return the JSON pointer (RFC 6901) to a field. */
export function pointerTo(name) {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Return the name in a JSON pointer to a field of the row. */
export function nameIn(pointer) {
  return String(pointer).split("/")[1]?.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Return a refused value as it is if it is a short scalar, anything else as a short text. */
function shown(given) {
  if (given === null || typeof given === "boolean" || Number.isFinite(given)) return given;
  if (typeof given === "number") return String(given).toLowerCase().replace("infinity", "inf"); // as Python writes it
  const text = typeof given === "string" ? given : String(JSON.stringify(given));
  return cut(text).replace(/\p{Surrogate}/gu, "?");
}

/** Return the first characters; those beyond 16 bits are two units of a JavaScript text. */
export const cut = (text) => [...text.slice(0, 2 * LONGEST_GIVEN)].slice(0, LONGEST_GIVEN).join("");
