/** The contributions to a prediction: how much each field moves it. The twin of functions/predict/contributions.py. */

export const MOST_EXACT = 10; // differing fields
const MOST_SCORED = 2 ** MOST_EXACT; // rows

/** Return each field's contribution and whether they are exact; drawn orders are others than Python draws. */
export function findContributions(value, row, reference, ends) {
  const fields = Object.keys(reference).filter((name) => row[name] !== reference[name]);
  const exact = fields.length <= MOST_EXACT;
  const found = (exact ? enumerate : sample)(value, row, reference, ends, fields);
  const contributions = Object.fromEntries(Object.keys(reference).map((name) => [name, 0]));
  fields.forEach((name, i) => (contributions[name] = found[i]));
  return { contributions, exact };
}

/** Return the exact contributions, from the value of every set of changed fields; bit i of a set is field i. */
function enumerate(value, row, reference, ends, fields) {
  const count = fields.length;
  const every = 2 ** count - 1;
  const values = new Float64Array(every + 1);
  [values[0], values[every]] = ends;
  const changed = { ...reference };
  for (let step = 1, bits = 0; step <= every; step++) { // in the order of Gray's code: one field changes at a time
    const bit = step & -step;
    bits ^= bit;
    const name = fields[31 - Math.clz32(bit)];
    changed[name] = (bits & bit ? row : reference)[name];
    if (bits !== every) values[bits] = value(changed);
  }
  const sizes = Uint8Array.from(values, (_, bits) => fields.filter((_, i) => (bits >> i) & 1).length);
  const weights = [1 / count]; // of a set of each size: 1 / (count * (count - 1 choose size))
  for (let size = 1; size < count; size++) weights.push((weights[size - 1] * size) / (count - size));
  return fields.map((_, i) => {
    let sum = 0;
    for (let bits = 0; bits < every; bits++) {
      if (!((bits >> i) & 1)) sum += weights[sizes[bits]] * (values[bits | (1 << i)] - values[bits]);
    }
    return sum;
  });
}

function sample(value, row, reference, ends, fields) {
  const random = generator(0);
  const totals = new Float64Array(fields.length);
  const draws = Math.max(1, Math.floor(MOST_SCORED / (2 * fields.length)));
  for (let draw = 0; draw < draws; draw++) {
    const order = shuffle([...fields.keys()], random);
    for (const positions of [order, order.toReversed()]) {
      const changed = { ...reference };
      let before = ends[0];
      for (const position of positions) {
        changed[fields[position]] = row[fields[position]];
        const after = position === positions.at(-1) ? ends[1] : value(changed);
        totals[position] += after - before;
        before = after;
      }
    }
  }
  return totals.map((total) => total / (2 * draws));
}

/** Shuffle in place (Fisher and Yates). */
function shuffle(items, random) {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
  return items;
}

/** Return a generator of numbers from 0 to 1, the same for each seed: mulberry32. */
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
