/** The check of a row's values. The twin of functions/predict/row.py and problems.py, in their words. */

const LONGEST_GIVEN = 100; // characters of a refused value that are repeated

/** Return an error per bad field: { pointer, detail, given, allowed, suggestion }; `nearest` finds what to suggest. */
export function checkRow(row, { properties, required }, nearest = () => null) {
  const errors = [];
  for (const [name, property] of Object.entries(properties)) {
    const given = Object.hasOwn(row, name) ? row[name] : undefined;
    if (given === undefined ? !required.includes(name) : isAllowed(given, property)) continue;
    const { type, minimum, maximum, enum: allowed = { type, minimum, maximum } } = property;
    const detail = given === undefined ? "This field is missing." : "This value is not allowed.";
    const suggestion = Array.isArray(allowed) ? nearest(given, allowed) : null;
    errors.push({ pointer: pointerTo(name), detail, given: shown(given ?? null), allowed, suggestion });
  }
  return errors;
}

function isAllowed(given, { enum: choices, minimum, maximum }) {
  return choices ? choices.includes(given) : typeof given === "number" && minimum <= given && given <= maximum;
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
