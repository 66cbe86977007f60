/** The scorer: a baked estimator's fitted numbers, applied to a row. The twin of functions/predict/scorer.py. */

import { Inputs, finite } from "./inputs.js";

const LOADED = new Map([
  ["trees", () => import("./trees.js")],
  ["calibrated", () => import("./calibrated.js")],
]);

/** Scores rows with the `estimator` of a model.json, which scorer.py describes. */
export class Scorer {
  #inputs;
  #scores;
  #link;

  /** Return the scorer of an estimator, once the code is there that its model needs. */
  static async load(estimator) {
    const { type, members = [] } = estimator.model;
    const needed = new Set([type, ...members.map(({ model }) => model.type)]);
    const modules = [...LOADED].filter(([name]) => needed.has(name)).map(([, load]) => load());
    const loaded = await Promise.all(modules).catch(() => {
      throw new Error("a part of the page could not be loaded. Check the connection, then reload the page");
    });
    return new Scorer(estimator, Object.assign({ constant, linear }, ...loaded));
  }

  /** Prepare the numbers of `estimator`; an Error is thrown where it is not of the form that training bakes. */
  constructor({ inputs, model }, models) {
    this.#inputs = new Inputs(inputs);
    const { width } = this.#inputs;
    const { calibrated, ...plain } = models; // a calibrated one is made of plain ones
    this.#scores = find(models, model.type)(model, width, ({ type }) => find(plain, type));
    this.#link = find(LINKS, model.link);
    if (/^(probability|logit)$/.test(model.link) && this.#scores(new Float64Array(width)).length !== 1) {
      throw new RangeError(`the link ${model.link} takes one score`);
    }
  }

  /** Return the probability of each class, or the one value of a regression; a bad row throws. */
  predict(row) {
    return this.#link(this.#scores(this.#inputs.encode(row)));
  }
}

export function expit(logOdds) {
  if (logOdds >= 0) return 1 / (1 + Math.exp(-logOdds));
  const odds = Math.exp(logOdds);
  return odds / (1 + odds);
}

function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function find(known, name) {
  if (Object.hasOwn(known, name)) return known[name];
  throw new RangeError(`the scorer knows ${Object.keys(known).join(", ")}, not ${JSON.stringify(name)}`);
}

function constant(model) {
  const values = model.values.map(finite);
  return () => values.slice();
}

function linear(model, width) {
  const lines = model.coefficients.map((coefficients) => Float64Array.from(coefficients, finite));
  const intercept = model.intercept.map(finite);
  const wrong = lines.find((coefficients) => coefficients.length !== width);
  if (wrong) throw new RangeError(`${wrong.length} coefficients for ${width} features`);
  if (intercept.length !== lines.length) {
    throw new RangeError(`${intercept.length} intercepts for ${lines.length} lists of coefficients`);
  }
  return (features) => intercept.map((start, i) => start + product(lines[i], features));
}

function product(coefficients, features) {
  let sum = 0;
  for (let i = 0; i < features.length; i++) sum += coefficients[i] * features[i];
  return sum;
}

const LINKS = {
  identity: (scores) => scores,
  probability: ([score]) => [1 - score, score],
  logit: ([score]) => [1 - expit(score), expit(score)],
  softmax,
};
