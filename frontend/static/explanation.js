/** The explanation: from the typical row's prediction to this row's, a field at a time, as bars that add up. */

import { barRow, barTable, part } from "./bars.js";
import { numberDecimals, percentageDecimals } from "./chance.js";
import { element } from "./dom.js";
import { propertiesOf, textOf } from "./form.js";

const MOST = 10; // fields in a line of their own

/** Fill `container` with a table of what each field contributes; `error` is a regression's typical error. */
export function drawExplanation(container, explanation, row, schema, error) {
  const { label, value, reference, contributions, exact } = explanation;
  const isShare = error === undefined;
  const decimals = isShare ? percentageDecimals(value, reference.value) : numberDecimals(error);
  const unit = isShare ? "%" : "";
  const rounded = (number) => Number(((isShare ? 100 : 1) * number).toFixed(decimals));
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const text = (number) => number.toLocaleString("en", digits);
  const moved = propertiesOf(schema)
    .filter(([name]) => row[name] !== reference.row[name])
    .map(([name, property]) => ({ name, property, by: contributions[name] }))
    .sort((a, b) => Math.abs(b.by) - Math.abs(a.by));
  const others = moved.splice(MOST);
  const rest = others.reduce((sum, { by }) => sum + by, 0);
  if (others.length) moved.push({ name: null, property: { "x-label": `${others.length} others together` }, by: rest });
  const largest = Math.max(...moved.map(({ by }) => Math.abs(by)), Number.MIN_VALUE);
  let total = reference.value;
  const lines = moved.map(({ name, property, by }, i) => {
    const before = rounded(total);
    total = i === moved.length - 1 ? value : total + by;
    const shown = rounded(total) - before; // of running totals, so that what is shown adds up, too
    const [now, then] = [row, reference.row].map((of) => shortly(of[name], property));
    const change = name === null ? "" : `${now} instead of ${then}`;
    const sign = shown < 0 ? "−" : shown > 0 ? "+" : "±";
    return barRow([property["x-label"], element("small", {}, change)], drawMove(by / largest), sign + text(Math.abs(shown)));
  });
  const [first, last] = [["Typical row", reference.value], ["This row", value]].map(([name, end]) =>
    barRow([name], [], text(rounded(end)) + unit),
  );
  const of = isShare ? `the chance of ${label}, in percentage points` : "the expected value";
  const drawn = exact ? "" : " Means over orders that were drawn.";
  const said = moved.length
    ? `How each difference moves ${of}.${drawn}`
    : "This is the typical row. Change a field to see what moves the prediction.";
  container.replaceChildren(barTable(said, moved.length ? [first, ...lines, last] : [], "moves"));
}

const shortly = (value, property) =>
  typeof value === "number" ? value.toLocaleString("en", { maximumSignificantDigits: 6 }) : textOf(value, property);

/** A bar from the middle: to the right what adds, to the left what takes off; `share` is of the longest bar. */
function drawMove(share) {
  const width = Math.abs(share) * 50;
  return [share < 0 ? part("less", 50 - width, width) : part("more", 50, width), part("zero", 50, 0.5)];
}
