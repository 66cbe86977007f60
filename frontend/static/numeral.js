/** Numbers as texts: typed into a form, or in the cells of a file. */

export const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** Return what to do about a text that is no usable number; a comma before three digits may part thousands. */
export function cureOf(text) {
  if (NUMBER.test(text)) return "It is too large.";
  const point = text.replace(",", ".");
  if (NUMBER.test(point) && !/,\d{3}$/.test(text)) return `Write decimals with a point: ${point}`;
  return /\d/.test(text) ? "Write decimals with a point, and no other sign: 1234.5" : "A number is needed.";
}
