/** Calibrated models: scores made into probabilities, and their mean. The twin of functions/predict/calibrators.py. */

import { finite } from "./inputs.js";
import { expit } from "./scorer.js";

const CALIBRATORS = new Map([["sigmoid", sigmoid], ["isotonic", isotonic]]);

/** Return the mean over the members of a model; `findModel` finds what makes the scores of each. */
export function calibrated({ members }, width, findModel) {
  const prepared = members.map(({ model, calibrators }) => {
    const scores = findModel(model)(model, width);
    const calibrate = calibrators.map((numbers) => CALIBRATORS.get(numbers.type)(numbers));
    const count = scores(new Float64Array(width)).length;
    if (count !== calibrate.length) throw new RangeError(`${calibrate.length} calibrators for ${count} scores`);
    return { scores, calibrate };
  });
  if (new Set(prepared.map(({ calibrate }) => calibrate.length)).size !== 1) {
    throw new RangeError("the members of a calibrated model are none, or have different numbers of calibrators");
  }
  return (features) => {
    const shares = prepared.map(({ scores, calibrate }) => share(scores(features), calibrate));
    return shares[0].map((_, i) => shares.reduce((sum, of) => sum + of[i], 0) / shares.length);
  };
}

/** Return the probability of each class: of two classes, the one score is of the second. */
function share(scores, calibrate) {
  const shares = calibrate.map((probability, i) => probability(scores[i]));
  if (shares.length === 1) return [1 - shares[0], shares[0]];
  const total = shares.reduce((sum, each) => sum + each, 0);
  return shares.map((each) => (total === 0 ? 1 / shares.length : each / total));
}

function sigmoid({ a, b }) {
  [a, b].forEach(finite);
  return (score) => expit(-(a * score + b));
}

/** Return what finds a score's place on the line through points; beyond them, it is that of the first or the last. */
function isotonic({ x, y }) {
  [...x, ...y].forEach(finite);
  if (x.length === 0 || x.length !== y.length || x.some((each, i) => i > 0 && x[i - 1] >= each)) {
    throw new RangeError("the points of an isotonic calibration do not ascend");
  }
  return (score) => {
    const after = countUpTo(x, score);
    if (after === 0 || after === x.length) return after === 0 ? y[0] : y.at(-1);
    return y[after - 1] + (y[after] - y[after - 1]) * ((score - x[after - 1]) / (x[after] - x[after - 1]));
  };
}

/** Return how many of ascending numbers are not above a score. */
function countUpTo(numbers, score) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (score < numbers[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}
