/** Answers in words and digits: chances beside what is usual, numbers to their error. */

const DENOMINATORS = [100, 1_000, 10_000];

/** Return both as natural frequencies of one denominator: { given: "11 in 100", usual: "9 in 100" }. */
export function frequencies(probability, baseRate) {
  const total = DENOMINATORS.find((n) => tellsApart(probability, baseRate, n)) ?? DENOMINATORS.at(-1);
  return { given: frequency(probability, total), usual: frequency(baseRate, total) };
}

/** Whether whole counts of n show both, and their difference to within half of itself. */
function tellsApart(probability, baseRate, n) {
  const [given, usual] = [probability, baseRate].map((value) => Math.round(value * n));
  const isShown = (value, count) => value === 0 || value === 1 || (count > 0 && count < n);
  if (!isShown(probability, given) || !isShown(baseRate, usual)) return false;
  const difference = probability - baseRate;
  if (Math.abs(difference) < 0.5 / DENOMINATORS.at(-1)) return true;
  return Math.abs(given - usual - difference * n) <= Math.abs(difference * n) / 2;
}

function frequency(value, n) {
  const count = Math.round(value * n);
  const text = (number) => number.toLocaleString("en");
  if (count === 0 && value > 0) return `fewer than 1 in ${text(n)}`;
  if (count === n && value < 1) return `more than ${text(n - 1)} in ${text(n)}`;
  return `${text(count)} in ${text(n)}`;
}

/** Return a function that writes shares as percentages, with three figures for the least of `values`. */
export function percentages(...values) {
  const decimals = percentageDecimals(...values);
  const least = 10 ** -decimals;
  return (value) => {
    const text = (value * 100).toFixed(decimals);
    if (value > 0 && Number(text) === 0) return `<${least.toFixed(decimals)}%`;
    if (value < 1 && Number(text) === 100) return `>${(100 - least).toFixed(decimals)}%`;
    return `${text}%`;
  };
}

/** Return how many decimals `percentages` of these values have. */
export function percentageDecimals(...values) {
  const parts = values.map((value) => Math.min(value, 1 - value)).filter((value) => value > 0);
  const [, exponent] = (Math.min(...parts, 0.5) * 100).toExponential(2).split("e"); // of the value as it is rounded
  return Math.min(Math.max(2 - exponent, 1), 8);
}

/** Return a function that writes numbers with three figures of the typical error. */
export function numbers(error) {
  const digits = numberDecimals(error);
  const style = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return (value) => (Number(value.toFixed(digits)) || 0).toLocaleString("en", style); // never −0
}

/** Return how many decimals `numbers` of this error have. */
export function numberDecimals(error) {
  return error > 0 ? Math.min(Math.max(2 - Math.floor(Math.log10(error)), 0), 12) : 6;
}

/** Return how a probability compares, by its odds: those read the same near 0 and near 1. */
export function comparison(probability, baseRate) {
  const odds = (value) => value / (1 - value);
  const times = Math.exp(Math.abs(Math.log(odds(probability) / odds(baseRate))));
  if (times < 1.05) return "About what is usual.";
  const where = probability > baseRate ? "above" : "below";
  return sentence(`${times < 1.25 ? "slightly " : times < 2 ? "" : "far "}${where} what is usual.`);
}

const sentence = (text) => text[0].toUpperCase() + text.slice(1);
