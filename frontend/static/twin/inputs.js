/** The inputs: the fields of a row made into the numbers, called features, that a model takes. The twin of inputs.py. */

import { findPart } from "./dates.js";

const LARGEST_NUMBER = 3.4028234663852886e38; // of float32; scikit-learn's trees refuse larger ones
const ENDS = new Map([["low", -Infinity], ["high", Infinity]]); // JSON has no infinity

/** Encodes rows by the `inputs` of a model.json, which inputs.py describes. */
export class Inputs {
  width = 0;
  #fields = [];

  /** Prepare the encoding; an Error is thrown where the entries are not of the form that training bakes. */
  constructor(entries) {
    for (const entry of entries) {
      this.#fields.push([entry.field, chooseMaker(entry)(entry, this.width)]);
      this.width += entry.one_hot?.length ?? 1;
    }
  }

  /** Return the features of a row; a field that is missing, or holds what training would refuse, throws. */
  encode(row) {
    const features = new Float64Array(this.width);
    for (const [field, encode] of this.#fields) {
      if (Object.hasOwn(row, field) && encode(row[field], features)) continue;
      throw new RangeError(`the field ${JSON.stringify(field)} is missing, or holds what it may not`);
    }
    return features;
  }
}

/** Return a finite number; what is none throws. */
export function finite(given) {
  if (!Number.isFinite(given)) throw new RangeError(`${JSON.stringify(given)} is no finite number`);
  return given;
}

// Each maker returns what puts the features of a value, from `first` on, and returns whether the value may be there.

function chooseMaker({ one_hot: isOneHot, choices, is_missing: isGap }) {
  return isOneHot ? makeOneHot : choices ? makeCodes : isGap ? makeGap : makeNumber;
}

function makeOneHot({ one_hot: choices, missing, other }, first) {
  const positions = new Map(choices.map((choice, i) => [choice, first + i]));
  if (missing !== undefined) positions.set(null, finite(positions.get(missing)));
  return (value, features) => {
    const position = positions.get(value);
    if (position === undefined) return other && isChoice(value);
    features[position] = 1;
    return true;
  };
}

function makeCodes({ choices, codes, other }, first) {
  if (choices.length !== codes.length) throw new RangeError(`${codes.length} codes for ${choices.length} choices`);
  const known = new Map(choices.map((choice, i) => [choice, toCode(codes[i])]));
  const rest = other === undefined ? undefined : toCode(other);
  return (value, features) => {
    const code = known.get(value) ?? (isChoice(value) ? rest : undefined);
    features[first] = code;
    return code !== undefined;
  };
}

function makeGap({ is_missing: codes }, first) {
  const [present, missing] = codes.map(finite);
  if (codes.length !== 2) throw new RangeError(`${codes.length} numbers tell whether a value is missing`);
  return (value, features) => {
    features[first] = value === null ? missing : present;
    return true;
  };
}

function makeNumber({ field, part, since, mean, scale, factor, offset, missing }, first) {
  const toNumber = part === undefined ? numberOf : findPart(part, since);
  const [by, shift] = (mean === undefined ? [factor, offset] : [scale, mean]).map(finite);
  if (scale === 0) throw new RangeError(`the scale of ${JSON.stringify(field)} is 0`);
  const gap = missing === undefined ? NaN : toCode(missing);
  const encode =
    mean === undefined ? (value) => toNumber(value) * by + shift : (value) => (toNumber(value) - shift) / by;
  return (value, features) => {
    features[first] = value === null ? gap : encode(value);
    return !Number.isNaN(features[first]);
  };
}

const isChoice = (value) => value === null || typeof value === "string" || typeof value === "boolean";
const numberOf = (value) => (typeof value === "number" && Math.abs(value) <= LARGEST_NUMBER ? value : NaN);
const toCode = (given) => ENDS.get(given) ?? finite(given);
