/** The scorer: a baked estimator's fitted numbers, applied to a row. The twin of functions/predict/scorer.py. */

const LARGEST_NUMBER = 3.4028234663852886e38; // of float32; scikit-learn's trees refuse larger ones

/** Scores rows with the `estimator` of a model.json, which scorer.py describes. */
export class Scorer {
  #oneHot = [];
  #numbers = [];
  #width = 0;
  #scores;
  #link;

  /** Prepare the numbers of `estimator`; an Error is thrown where it is not of the form that training bakes. */
  constructor({ inputs, model }) {
    for (const { field, one_hot: choices, mean, scale } of inputs) {
      if (choices) {
        this.#oneHot.push({ field, positions: new Map(choices.map((choice, i) => [choice, this.#width + i])) });
        this.#width += choices.length;
      } else {
        if (finite(scale) === 0) throw new RangeError(`the scale of ${JSON.stringify(field)} is 0`);
        this.#numbers.push({ field, position: this.#width++, mean: finite(mean), scale });
      }
    }
    this.#scores = find(MODELS, model.type)(model, this.#width);
    this.#link = find(LINKS, model.link);
    if (/^(probability|logit)$/.test(model.link) && this.#scores(new Float64Array(this.#width)).length !== 1) {
      throw new RangeError(`the link ${model.link} takes one score`);
    }
  }

  /** Return the probability of each class, or the one value of a regression; a bad row throws. */
  predict(row) {
    return this.#link(this.#scores(this.#encode(row)));
  }

  #encode(row) {
    const features = new Float64Array(this.#width);
    for (const { field, positions } of this.#oneHot) {
      const position = positions.get(row[field]);
      if (position === undefined) throw refusal(field);
      features[position] = 1;
    }
    for (const { field, position, mean, scale } of this.#numbers) {
      const number = row[field];
      if (typeof number !== "number" || !(Math.abs(number) <= LARGEST_NUMBER)) throw refusal(field);
      features[position] = (number - mean) / scale;
    }
    return features;
  }
}

function refusal(field) {
  return new RangeError(`the field ${JSON.stringify(field)} is missing, or holds what it may not`);
}

function expit(logOdds) {
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
  if (known.has(name)) return known.get(name);
  throw new RangeError(`the scorer knows ${[...known.keys()].join(", ")}, not ${JSON.stringify(name)}`);
}

function finite(given) {
  if (!Number.isFinite(given)) throw new RangeError(`${JSON.stringify(given)} is no finite number`);
  return given;
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

/** All trees lie in the same arrays; `next` of a node is its right child, or where a leaf's numbers begin. */
function trees(model, width) {
  const start = model.start.map(finite);
  const divisor = finite(model.divisor);
  const hasLists = Array.isArray(model.trees[0].value[0]);
  if (divisor <= 0 || (!hasLists && model.trees.length % start.length !== 0)) {
    const given = `${model.trees.length} trees cannot be divided by ${divisor}`;
    throw new RangeError(`${given} and among ${start.length} scores`);
  }
  const length = hasLists ? start.length : 1;
  const leaves = model.trees.flatMap((tree) => tree.value);
  const values = Float64Array.from(leaves.flatMap((leaf) => numbersOf(leaf, hasLists, length)));
  const feature = Int32Array.from(model.trees.flatMap((tree) => tree.feature));
  const nodes = { width, length, threshold: new Float64Array(feature.length), next: new Int32Array(feature.length) };
  const roots = [];
  let [node, leaf] = [0, 0];
  for (const tree of model.trees) {
    roots.push(node);
    addTree(tree, node, leaf, nodes);
    node += tree.feature.length;
    leaf += tree.value.length;
  }
  const { threshold, next } = nodes;
  return (features) => {
    const totals = start.slice();
    for (let i = 0; i < roots.length; i++) {
      let at = roots[i];
      while (feature[at] >= 0) at = features[feature[at]] <= threshold[at] ? at + 1 : next[at];
      const first = hasLists ? 0 : i % totals.length;
      for (let k = 0; k < length; k++) totals[first + k] += values[next[at] + k];
    }
    return totals.map((total) => total / divisor);
  };
}

/** Fill in a tree from `node` and `leaf` on, last node first: on top of the stack is a node's left subtree. */
function addTree(tree, node, leaf, { width, length, threshold, next }) {
  let [thresholds, leaves] = [tree.threshold.length, tree.value.length];
  const subtrees = [];
  for (let i = tree.feature.length - 1; i >= 0; i--) {
    const feature = tree.feature[i];
    if (feature === -1) {
      next[node + i] = (leaf + --leaves) * length;
    } else if (Number.isInteger(feature) && 0 <= feature && feature < width) {
      threshold[node + i] = finite(tree.threshold[--thresholds]);
      subtrees.pop();
      next[node + i] = subtrees.pop() ?? damaged();
    } else {
      throw new RangeError(`a tree splits on feature ${feature} of ${width}`);
    }
    subtrees.push(node + i);
  }
  if (subtrees.length !== 1 || thresholds !== 0 || leaves !== 0) damaged();
}

function damaged() {
  throw new RangeError("the nodes of a tree do not add up to one tree");
}

function numbersOf(leaf, hasLists, length) {
  const numbers = hasLists ? leaf : [leaf];
  if (numbers.length !== length) throw new RangeError(`a leaf of ${numbers.length} numbers for ${length} scores`);
  return numbers.map(finite);
}

const MODELS = new Map(Object.entries({ constant, linear, trees }));
const LINKS = new Map(
  Object.entries({
    identity: (scores) => scores,
    probability: ([score]) => [1 - score, score],
    logit: ([score]) => [1 - expit(score), expit(score)],
    softmax,
  }),
);
