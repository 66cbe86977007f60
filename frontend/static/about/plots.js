/** The drawings: calibration, and dots or bars with intervals as cells of a table. */

import { svgElement } from "../dom.js";
import { interval, isNumber } from "./figures.js";

const AXES = {
  binary: ["mean predicted probability", "observed share of positives"],
  multiclass: ["mean probability of the likeliest class", "share that was right"],
  regression: ["mean predicted value", "mean observed value"],
};
const line = (name, x1, y1, x2, y2) => svgElement("line", { class: name, x1, y1, x2, y2 });
const text = (content, x, y, anchor) => svgElement("text", { x, y, "text-anchor": anchor }, content);
const dot = (cx, cy) => svgElement("circle", { class: "dot", cx, cy, r: 4 });

/** Return an axis that just holds all values: `at(value)` from 0 to 1, and at `least` so many `ticks` [value, name]. */
function makeAxis(values, isShare, least) {
  const known = values.filter(isNumber);
  const low = Math.min(...known);
  const length = Math.max(...known) - low || Math.abs(low) || 1;
  const magnitude = 10 ** Math.floor(Math.log10(length));
  const ends = (step) => [Math.ceil(low / step - 1e-9), Math.floor((low + length) / step + 1e-9)];
  const hasTicks = ([first, last]) => last - first + 1 >= least;
  const step = [5, 2, 1, 0.5, 0.2].map((size) => size * magnitude).find((each) => hasTicks(ends(each)));
  const [first, last] = ends(step);
  const digits = Math.ceil(Math.log10(Math.max(-first, last, 1))) + 1;
  const options = { notation: "compact", maximumSignificantDigits: digits };
  const write = (tick) => (isShare ? tick * 100 : tick).toLocaleString("en", options).replace("-", "−");
  const name = (tick) => write(tick) + (isShare ? "%" : "");
  return {
    at: (value) => (value - low) / length,
    ticks: Array.from({ length: last - first + 1 }, (_, at) => [(first + at) * step, name((first + at) * step)]),
  };
}

/** Return the drawing of mean outcome against mean prediction of each bin, with intervals and counts of rows. */
export function drawCalibration(task, bins, write) {
  const isShare = task !== "regression";
  const ends = bins.flatMap(({ predicted, observed, low, high }) => [predicted, observed, low, high]);
  const axis = makeAxis(isShare ? [0, ...ends] : ends, isShare, 3);
  const [x, y] = [(value) => 48 + 272 * axis.at(value), (value) => 296 - 272 * axis.at(value)];
  const most = Math.max(...bins.map(({ rows }) => rows));
  const reads = bins.map((bin) => `${write(bin.predicted)} predicted, ${write(bin.observed)} observed`);
  return svgElement(
    "svg",
    { class: "calibration", viewBox: "0 0 336 376", role: "img", "aria-label": `Calibration: ${reads.join("; ")}` },
    ...axis.ticks.flatMap(([tick, name]) => [
      line("grid", x(tick), 24, x(tick), 296),
      line("grid", 48, y(tick), 320, y(tick)),
      text(name, x(tick), 350, "middle"),
      text(name, 42, y(tick) + 4, "end"),
    ]),
    line("edge", 48, 296, 320, 24),
    ...bins.flatMap(({ predicted, observed, low, high, rows }) => [
      line("count", x(predicted), 332 - (26 * rows) / most, x(predicted), 332),
      ...(isNumber(low) ? [line("interval", x(predicted), y(low), x(predicted), y(high))] : []),
      dot(x(predicted), y(observed)),
    ]),
    text(AXES[task][1], 0, 12, "start"),
    text("rows", 42, 332, "end"),
    text(AXES[task][0], 184, 371, "middle"),
  );
}

/** Return what draws rows { value, low, high, tick } on one axis: { ticks(), draw(row) }; bars start at the mark. */
export function makeCells(rows, { write, isShare, mark, bars }) {
  const ends = rows.flatMap(({ value, low, high, tick }) => [value, low, high, tick]);
  const axis = makeAxis([...ends, mark], isShare, 2);
  const at = (value) => `${100 * axis.at(value)}%`;
  const upright = (name, value, from, to) => line(name, at(value), from, at(value), to);
  const level = (name, from, to) => line(name, at(from), "50%", at(to), "50%");
  const make = (attributes, ...parts) => svgElement("svg", { class: "cell", ...attributes }, ...parts);
  return {
    ticks: () => make({ "aria-hidden": true }, ...axis.ticks.map(([tick, name]) => text(name, at(tick), 16, "middle"))),
    draw(row) {
      const { value, low, high, tick } = row;
      const reads = [write(value), interval(write, row), isNumber(tick) && `predicted ${write(tick)}`];
      return make(
        { role: "img", "aria-label": reads.filter(Boolean).join(", ") },
        ...axis.ticks.map(([each]) => upright("grid", each, "0%", "100%")),
        ...(isNumber(mark) ? [upright("edge", mark, "0%", "100%")] : []),
        ...(bars ? [level("bar", mark, value)] : []),
        ...(isNumber(low) ? [level("interval", low, high)] : []),
        ...(isNumber(value) && !bars ? [dot(at(value), "50%")] : []),
        ...(isNumber(tick) ? [upright("tick", tick, "20%", "80%")] : []),
      );
    },
  };
}
