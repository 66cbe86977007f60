/** Many rows, answered by the function in as many parts as its limits ask for. */

import { Problem } from "../api.js";

/** Return the results of rows by a `version`; `limits` are those of /schema, and a 413 tells of an answer beyond. */
export async function answerInParts(api, rows, options) {
  const { limits: { max_batch_rows: mostRows, max_body_bytes: mostBytes }, version, signal } = options;
  if (rows.length === 0) return [];
  const isSmall = rows.length <= mostRows && new Blob([JSON.stringify(rows)]).size <= mostBytes;
  if (isSmall || rows.length === 1) {
    try {
      const answer = await api.batch(rows, { signal });
      if (answer.model_version === version) return answer.results;
      throw new Problem("The model has been replaced. Reload the page.", { version: answer.model_version });
    } catch (error) {
      if (error.status !== 413 || rows.length === 1) throw error;
    }
  }
  const half = Math.ceil(rows.length / 2);
  const first = await answerInParts(api, rows.slice(0, half), options);
  return [...first, ...(await answerInParts(api, rows.slice(half), options))];
}
