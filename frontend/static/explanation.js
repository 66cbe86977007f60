/** The explanation: from the typical row's prediction to this row's, a field at a time, as bars that add up. */

import { numberDecimals, percentageDecimals } from "./chance.js";
import { element, svgElement } from "./dom.js";
import { propertiesOf, textOf } from "./form.js";

/** Fill `container` with a table of what each field contributes; `error` is a regression's typical error. */
export function drawExplanation(container, explanation, row, schema, error) {
  const { label, value, reference, contributions, exact } = explanation;
  const isShare = error === undefined;
  const decimals = isShare ? percentageDecimals(value, reference.value) : numberDecimals(error);
  const unit = isShare ? "\u00a0%" : "";
  const rounded = (number) => Number(((isShare ? 100 : 1) * number).toFixed(decimals));
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const text = (number) => number.toLocaleString("en", digits);
  const moved = propertiesOf(schema)
    .filter(([name]) => row[name] !== reference.row[name])
    .map(([name, property]) => ({ name, title: property["x-label"], by: contributions[name] }))
    .sort((a, b) => Math.abs(b.by) - Math.abs(a.by));
  const largest = Math.max(...moved.map(({ by }) => Math.abs(by)), Number.MIN_VALUE);
  let total = reference.value;
  const lines = moved.map(({ name, title, by }) => {
    const before = rounded(total);
    total += by;
    const shown = rounded(total) - before; // of running totals, so that what is shown adds up, too
    return line(
      [title, element("small", {}, `${shortly(row[name])} instead of ${shortly(reference.row[name])}`)],
      drawMove(by / largest),
      `${shown < 0 ? "−" : shown > 0 ? "+" : "±"}${text(Math.abs(shown))}`,
    );
  });
  const ends = [
    line(["Typical row"], "", text(rounded(reference.value)) + unit),
    line(["This row"], "", text(rounded(value)) + unit),
  ];
  const of = isShare ? `the chance of ${label}, in percentage points` : "the expected value";
  const drawn = exact ? "" : " Means over orders that were drawn.";
  const said = moved.length
    ? `How each difference moves ${of}.${drawn}`
    : "This is the typical row. Change a field to see what moves the prediction.";
  const caption = element("caption", {}, said);
  const body = element("tbody", {}, ...(moved.length ? [ends[0], ...lines, ends[1]] : []));
  container.replaceChildren(element("table", { className: "bars moves" }, caption, body));
}

const shortly = (value) =>
  typeof value === "number" ? value.toLocaleString("en", { maximumSignificantDigits: 6 }) : textOf(value);

function line(head, picture, figure) {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, ...head),
    element("td", { className: "drawn" }, picture),
    element("td", {}, figure),
  );
}

/** A bar from the middle: to the right what adds, to the left what takes off; `share` is of the longest bar. */
function drawMove(share) {
  const width = Math.abs(share) * 50;
  return svgElement(
    "svg",
    { class: "small-bar", "aria-hidden": "true" },
    svgElement("rect", {
      class: share < 0 ? "less" : "more",
      x: `${share < 0 ? 50 - width : 50}%`,
      width: `${width}%`,
      height: "100%",
    }),
    svgElement("rect", { class: "zero", x: "50%", width: 1, height: "100%" }),
  );
}
