/** The model: the contents of model.json with its scorer. The twin of functions/predict/model.py. */

import { findContributions } from "./contributions.js";
import { Scorer } from "./scorer.js";

const FORMAT = 3;
const TOLERANCE = 1e-12; // where the model does not say
const SHOWN = new Map([
  ["binary", () => 1],
  ["multiclass", indexOfLargest],
  ["regression", () => 0],
]);

/** The model has no finite answer to a row, as numbers far beyond those of training can make it. */
export class PredictionError extends Error {}

/** A baked model, which answers as the API does. */
export class Model {
  #scorer;
  #shown;
  #typicalScores;

  /** Return the model that the contents of a model.json are; what training does not bake throws. */
  static async load(document) {
    if (document?.format !== FORMAT) {
      throw new RangeError(`model.json has format ${document?.format}, not ${FORMAT}; run make train to bake it anew`);
    }
    return new Model(document, await Scorer.load(document.estimator));
  }

  constructor(document, scorer) {
    this.document = document;
    this.#scorer = scorer;
    this.#shown = SHOWN.get(document.task);
    this.#typicalScores = this.#score(document.typical_row);
    const expected = document.task === "regression" ? 1 : document.target.labels.length;
    if (!this.#shown || this.#typicalScores.length !== expected) {
      throw new RangeError(`${this.#typicalScores.length} scores do not make a ${document.task} prediction`);
    }
  }

  /** Return the answer of POST /predict for a row that holds every field and keeps to the schema. */
  predict(row) {
    const { task, baseline, target, version } = this.document;
    const scores = this.#score(row);
    if (task === "regression") {
      const { typical_error, base_value } = baseline;
      return { value: scores[0], typical_error, base_value, model_version: version };
    }
    const shown = this.#shown(scores);
    return {
      label: target.labels[indexOfLargest(scores)],
      probability: scores[shown],
      probabilities: Object.fromEntries(target.labels.map((label, i) => [label, scores[i]])),
      base_rate: baseline.class_rates[shown],
      model_version: version,
    };
  }

  /** Return the answer of POST /explain for such a row, without the model's version. */
  explain(row) {
    const { task, target, typical_row: typical } = this.document;
    const scores = this.#score(row);
    const shown = this.#shown(scores);
    const ends = [this.#typicalScores[shown], scores[shown]];
    const value = (changed) => this.#scorer.predict(changed)[shown];
    return {
      ...(task === "regression" ? {} : { label: target.labels[shown] }),
      value: ends[1],
      reference: { row: typical, value: ends[0] },
      ...findContributions(value, row, typical, ends),
    };
  }

  /** Return whether two answers to a row are the same but for rounding, as the parity gate of training takes it. */
  agrees(mine, theirs) {
    const { task, target, parity } = this.document;
    const { tolerance = TOLERANCE, scale = 1 } = parity ?? {};
    const isNear = (a, b) => Number.isFinite(b) && Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b), scale);
    const isSame = (...names) => names.every((name) => isNear(mine[name], theirs[name]));
    if (task === "regression") return isSame("value", "typical_error", "base_value");
    const shares = target.labels.map((label) => theirs.probabilities?.[label]);
    if (!target.labels.every((label, i) => isNear(mine.probabilities[label], shares[i]))) return false;
    const [first, second] = shares.toSorted((a, b) => b - a);
    if (mine.label !== theirs.label) return first - second <= tolerance;
    return isSame("probability", "base_rate");
  }

  #score(row) {
    const scores = this.#scorer.predict(row);
    if (scores.every(Number.isFinite)) return scores;
    throw new PredictionError("the model has no finite answer to this row");
  }
}

function indexOfLargest(numbers) {
  return numbers.indexOf(Math.max(...numbers));
}
