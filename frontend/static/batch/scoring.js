/** The two ways to score rows: by the model in this page, or by the function. Both answer as POST /predict/batch. */

import { Problem } from "../api.js";
import { FileError } from "./csv.js";
import { Model, PredictionError } from "../twin/model.js";
import { nearest } from "../twin/nearest.js";
import { checkRow } from "../twin/row.js";

const REPLACED = "The model has been replaced since this page was loaded. Reload the page, then choose the file again.";

/** Return the function that scores rows with the contents of a model.json. */
export function scoreHere(document) {
  const model = new Model(document);
  const suggest = remember(nearest);
  return (rows) =>
    rows.map((row) => {
      const errors = checkRow(row, document.schema, suggest);
      if (errors.length > 0) return { problem: { errors } };
      try {
        return model.predict(row);
      } catch (error) {
        if (!(error instanceof PredictionError)) throw error;
        return { problem: { detail: `The row cannot be used: ${error.message}.`, errors } };
      }
    });
}

/** Return the same function, which does not look twice for what is like a text: a file is often wrong alike. */
function remember(find) {
  const known = new Map();
  return (given, allowed) => {
    if (!known.has(allowed)) known.set(allowed, new Map());
    const found = known.get(allowed);
    if (!found.has(given)) found.set(given, find(given, allowed));
    return found.get(given);
  };
}

/** Return the function that has rows scored by an Api; where that fails, it awaits `pause(problem)` and tries again. */
export function scoreThere(api, { max_batch_rows: mostRows, max_body_bytes: mostBytes }, version, pause) {
  return async function score(rows) {
    const isLarge = rows.length > mostRows || new Blob([JSON.stringify(rows)]).size > mostBytes;
    if (!isLarge || rows.length === 1) {
      try {
        const answer = await api.batch(rows);
        if (answer.model_version !== version) throw new FileError(REPLACED);
        return answer.results;
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (problem.status !== 413 || rows.length === 1) {
          await pause(problem);
          return score(rows);
        }
      }
    }
    const half = Math.ceil(rows.length / 2);
    return [...(await score(rows.slice(0, half))), ...(await score(rows.slice(half)))];
  };
}
