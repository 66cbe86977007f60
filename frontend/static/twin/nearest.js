/** What to suggest for a text that is not allowed: the one most like it, as Python's difflib finds it. */

import { cut } from "./row.js";

const LEAST_ALIKE = 0.6; // of what is suggested

/** Return the allowed text that looks most like the given one, or null if none comes near. */
export function nearest(given, allowed) {
  if (typeof given !== "string") return null;
  const wanted = [...cut(fold(given))];
  const byFolded = new Map(allowed.filter((text) => typeof text === "string").map((text) => [fold(text), text]));
  let best = { likeness: LEAST_ALIKE, folded: "", text: null };
  for (const [folded, text] of byFolded) {
    const likeness = ratio([...folded], wanted);
    if (likeness > best.likeness || (likeness === best.likeness && folded > best.folded)) {
      best = { likeness, folded, text };
    }
  }
  return best.text;
}

/** Return a text without its case; of ß, whose capital is SS, it makes ss, as Python's casefold does. */
const fold = (text) => text.toUpperCase().toLowerCase();

/** Return the share of characters that two texts have in common. */
function ratio(a, b) {
  const length = a.length + b.length;
  return 2 * Math.min(a.length, b.length) < LEAST_ALIKE * length ? 0 : (2 * common(a, b)) / length;
}

/** Return how many characters the longest run that both hold has, and the longest before it and after it, and so on. */
function common(a, b) {
  let [size, endA, endB] = [0, 0, 0];
  const runs = new Uint8Array(b.length + 1); // of each end in b, the length of the run that also ends in a, before i
  for (let i = 0; i < a.length; i++) {
    for (let j = 0, before = 0; j < b.length; j++) {
      const run = a[i] === b[j] ? before + 1 : 0;
      before = runs[j + 1];
      runs[j + 1] = run;
      if (run > size) [size, endA, endB] = [run, i + 1, j + 1];
    }
  }
  if (size === 0) return 0;
  return size + common(a.slice(0, endA - size), b.slice(0, endB - size)) + common(a.slice(endA), b.slice(endB));
}
