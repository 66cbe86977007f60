/** The trees of a model.json, walked side by side. The twin of what functions/predict/scorer.py has of them. */

import { finite } from "./inputs.js";

/** All trees lie in the same arrays; `next` of a node is its right child, or where a leaf's numbers begin. */
export function trees(model, width) {
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
  const [threshold, next] = [new Float64Array(feature.length), new Int32Array(feature.length)];
  const codes = new Map(); // of each node that splits on categories; its threshold is NaN, which nothing is up to
  const nodes = { width, length, threshold, next, codes };
  const roots = [];
  let [node, leaf] = [0, 0];
  for (const tree of model.trees) {
    roots.push(node);
    addTree(tree, node, leaf, nodes);
    node += tree.feature.length;
    leaf += tree.value.length;
  }
  const isListed = codes.size > 0 ? (at, code) => codes.get(at)?.has(code) : () => false;
  return (features) => {
    const totals = start.slice();
    for (let i = 0; i < roots.length; i++) {
      let at = roots[i];
      while (feature[at] >= 0) {
        const number = features[feature[at]];
        at = number <= threshold[at] || isListed(at, number) ? at + 1 : next[at];
      }
      const first = hasLists ? 0 : i % totals.length;
      for (let k = 0; k < length; k++) totals[first + k] += values[next[at] + k];
    }
    return totals.map((total) => total / divisor);
  };
}

/** Fill in a tree from `node` and `leaf` on, last node first: on top of the stack is a node's left subtree. */
function addTree(tree, node, leaf, { width, length, threshold, next, codes }) {
  let [thresholds, leaves] = [tree.threshold.length, tree.value.length];
  const subtrees = [];
  for (let i = tree.feature.length - 1; i >= 0; i--) {
    const feature = tree.feature[i];
    if (feature === -1) {
      next[node + i] = (leaf + --leaves) * length;
    } else if (Number.isInteger(feature) && 0 <= feature && feature < width) {
      const split = tree.threshold[--thresholds];
      if (Array.isArray(split)) codes.set(node + i, new Set(split.map(finite)));
      threshold[node + i] = Array.isArray(split) ? NaN : finite(split);
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
