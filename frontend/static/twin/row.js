/** The check of a row against the schema. The twin of functions/predict/row.py and problems.py, in their words. */

const MOST_UNKNOWN = 20; // unknown fields that are named
const MOST_COMPARED = 5_000; // choices that a row's values are compared with, to suggest the nearest
const LONGEST_GIVEN = 100; // characters of a refused value that are repeated

/** Return an error per bad field: { pointer, detail, given, allowed, suggestion }; `nearest` finds what to suggest. */
export function checkRow(row, { properties, required }, nearest = () => null) {
  if (row === null || typeof row !== "object" || Array.isArray(row)) {
    const allowed = { type: "object", fields: Object.keys(properties) };
    return [errorOf("", "A JSON object with one field per column is expected.", row, allowed)];
  }
  const errors = [];
  let compared = 0;
  const refuse = (pointer, detail, given, allowed, like) => {
    const error = errorOf(pointer, detail, given, allowed);
    if (compared < MOST_COMPARED && Array.isArray(allowed)) {
      error.suggestion = nearest(like, allowed);
      compared += allowed.length;
    }
    errors.push(error);
  };
  for (const [name, property] of Object.entries(properties)) {
    const given = Object.hasOwn(row, name) ? row[name] : undefined;
    if (given === undefined ? !required.includes(name) : isAllowed(given, property)) continue;
    const { type, minimum, maximum, enum: choices = { type, minimum, maximum } } = property;
    const detail = given === undefined ? "This field is missing." : "This value is not allowed.";
    refuse(pointerTo(name), detail, given ?? null, choices, given);
  }
  const unknown = Object.keys(row).filter((name) => !Object.hasOwn(properties, name));
  for (const name of unknown.slice(0, MOST_UNKNOWN)) {
    refuse(shown(pointerTo(name)), "There is no such field.", row[name], Object.keys(properties), name);
  }
  return errors;
}

function isAllowed(given, { enum: choices, minimum, maximum }) {
  return choices ? choices.includes(given) : typeof given === "number" && minimum <= given && given <= maximum;
}

function errorOf(pointer, detail, given, allowed) {
  return { pointer, detail, given: shown(given), allowed, suggestion: null };
}

/** Return the JSON pointer (RFC 6901) to a field. */
export function pointerTo(name) {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
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
