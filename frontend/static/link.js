/** The link: a row and a view in the fragment of the page's address, which is not sent to any server. */

/** Return { row, view, isBroken } of an address's fragment; what it does not say is null. */
export function readLink(hash) {
  const given = new URLSearchParams(hash.slice(1));
  const text = given.get("row");
  const row = text === null ? null : parse(text);
  return { row, view: given.get("view"), isBroken: text !== null && row === null };
}

/** Return the fragment for a row and a view, each of which may be null; empty if both are. */
export function writeLink(row, view) {
  const given = new URLSearchParams();
  if (row) given.set("row", JSON.stringify(row));
  if (view) given.set("view", view);
  return given.size ? `#${given}` : "";
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
