/** The two ways to score rows: by the model in this page, or by the function. Both answer as POST /predict/batch. */

import { Problem } from "../api.js";
import { guessDate } from "./cells.js";
import { FileError } from "./csv.js";
import { answerInParts } from "./parts.js";
import { Model, PredictionError } from "../twin/model.js";
import { nearest } from "../twin/nearest.js";
import { checkRow } from "../twin/row.js";

const MOST_KNOWN = 10_000; // texts
const REPLACED = "The model has been replaced since this page was loaded. Reload the page, then choose the file again.";

/** Return the function that scores rows with the contents of a model.json. */
export async function scoreHere(document) {
  const model = await Model.load(document);
  const known = remember(suggest);
  return (rows) =>
    rows.map((row) => {
      const errors = checkRow(row, document.schema, known);
      if (errors.length > 0) return { problem: { errors } };
      try {
        return model.predict(row);
      } catch (error) {
        if (!(error instanceof PredictionError)) throw error;
        return { problem: { detail: `The row cannot be used: ${error.message}.`, errors } };
      }
    });
}

/** Return what is most like a value that a property does not allow, or null. */
export function suggest(given, { enum: choices, format }) {
  if (choices) return nearest(given, choices);
  return format === "date" ? guessDate(given) : null;
}

/** Return the same function, which does not look twice for what is like a text: a file is often wrong alike. */
function remember(find) {
  const known = new Map();
  return (given, property) => {
    if (!known.has(property)) known.set(property, new Map());
    const found = known.get(property);
    if (found.size > MOST_KNOWN) found.clear();
    if (!found.has(given)) found.set(given, find(given, property));
    return found.get(given);
  };
}

/** Return the function that has rows scored by an Api; where that fails, it awaits `pause(problem)` and tries again. */
export function scoreThere(api, limits, version, pause) {
  return async function score(rows) {
    try {
      return await answerInParts(api, rows, { limits, version });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.version && problem.version !== version) throw new FileError(REPLACED);
      await pause(problem);
      return score(rows);
    }
  };
}
