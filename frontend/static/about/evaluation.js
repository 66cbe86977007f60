/** The evaluation: what was measured, each part as elements; nothing of what was not. */

import { element } from "../dom.js";
import { FIGURES, count, shareInterval, writer } from "./figures.js";
import { drawCalibration, makeCells } from "./plots.js";
import { makeTable, ranged, small } from "./tables.js";

const MOST_COLUMNS = 20; // whose importance is shown
const RANKED = { binary: "roc_auc", multiclass: "log_loss_skill", regression: "mae" };
const SEEN = {
  binary: ["Observed", "● observed, | predicted"],
  multiclass: ["Right", "● share that was right, | predicted"],
  regression: ["Bias", "predicted minus observed"],
};
const paragraph = (text) => element("p", {}, text);

export function showFigures({ task, metrics: { held_out: heldOut } }) {
  if (!heldOut) return [];
  const { model, baseline, error_if_calibrated: chance, rows } = heldOut;
  const lines = Object.keys(FIGURES)
    .filter((key) => model[key])
    .map((key) => {
      const [name, good, isShare] = FIGURES[key];
      const isIdeal = chance && key === "expected_calibration_error";
      const write = writer([isIdeal ? { low: 0, high: chance.high } : model[key]], isShare);
      const ideal = isIdeal ? `, if perfectly calibrated ${write(chance.mean)}, at most ${write(chance.high)}` : "";
      return [[name, small(good + ideal)], ranged(write, model[key]), write(baseline[key])];
    });
  const head = ["Figure", "This model", `Always the base ${task === "regression" ? "value" : "rate"}`];
  return [makeTable(`On ${count(rows)} held-out rows, with 95% intervals`, head, lines)];
}

export function showCalibration({ task, metrics: { calibration: bins = [] } }) {
  if (!bins.length) return [];
  const seen = bins.map((bin) => ({ ...bin, value: bin.observed }));
  const write = writer(seen, task !== "regression");
  const lines = seen.map((bin) => [count(bin.rows), write(bin.predicted), ranged(write, bin)]);
  return [
    paragraph("Dots are bins of rows of similar prediction, with 95% intervals. On the diagonal, predictions hold."),
    drawCalibration(task, bins, write),
    element(
      "details",
      {},
      element("summary", {}, "The numbers"),
      makeTable("Calibration by bins of the held-out rows", ["Rows", "Predicted", "Observed"], lines),
    ),
  ];
}

export function showThresholds({ target, metrics: { thresholds = [], held_out: heldOut } }) {
  if (!thresholds.length) return [];
  const shares = thresholds.flatMap((line) => [line.threshold, line.precision]).filter((share) => share > 0);
  const percent = writer([{ low: 0, high: Math.min(0.01, ...shares) }], true); // one decimal, more for rare classes
  const { threshold, flagged, precision } = thresholds.findLast((line) => line.flagged <= 0.1) ?? thresholds[0];
  const [all, hits] = [1000 * flagged, 1000 * flagged * precision].map(Math.round);
  const missed = Math.round((1000 * heldOut.class_rows[1]) / heldOut.rows) - hits;
  const label = `“${target.labels[1]}”`;
  const cell = (value, [low, high]) => ranged(percent, { value, low, high });
  return [
    paragraph(
      `Of 1,000 rows like these, ${all} have a probability of ${percent(threshold)} or more: ${hits} ${label}, ` +
        `${all - hits} not; ${missed} further ${label} are missed. Where to cut depends on what each mistake costs.`,
    ),
    makeTable(
      "Flagging every row from a threshold on, with 95% intervals",
      ["Threshold", "Flagged", "Precision", "Recall"],
      thresholds.map((line) => [
        percent(line.threshold),
        percent(line.flagged),
        cell(line.precision, line.precision_interval),
        cell(line.recall, line.recall_interval),
      ]),
    ),
  ];
}

export function showSlices({ task, typical_row: used, metrics }) {
  const { slices = [], slices_without_rows: without = [], small: few } = metrics;
  const isShare = task !== "regression";
  const [seen, legend] = SEEN[task];
  const [name, , isRankedShare] = FIGURES[RANKED[task]];
  const rows = slices.map((entry) => ({
    ...entry,
    ranked: entry.figures[RANKED[task]],
    drawn: isShare
      ? { value: entry.observed, tick: entry.predicted, ...shareInterval(entry) }
      : entry.figures.bias,
  }));
  const drawn = rows.map((row) => row.drawn);
  const [write, writeRanked] = [writer(drawn, isShare), writer(rows.map((row) => row.ranked), isRankedShare)];
  const cells = makeCells(drawn, { write, isShare, mark: isShare ? undefined : 0 });
  const nameOf = ({ column, label }) => (Object.hasOwn(used, column) ? label : `${label} (not used by the model)`);
  const marks = slices.some((entry) => entry.small)
    ? [`* Too few to judge: under ${few.rows} rows${task === "binary" ? `, or under ${few.cases} of one class` : ""}.`]
    : [];
  if (without.length) marks.push(`Without a held-out row, and so not judged at all: ${without.join("; ")}.`);
  return [
    ...Array.from(Map.groupBy(rows, ({ column }) => column).values(), (part) =>
      makeTable(
        nameOf(part[0]),
        ["Slice", [legend, cells.ticks()], seen, "Predicted", name, "Rows"],
        part.map((row) => [
          row.slice + (row.small ? " *" : ""),
          [cells.draw(row.drawn)],
          ranged(write, row.drawn),
          write(row.predicted),
          ranged(writeRanked, row.ranked),
          count(row.rows),
        ]),
      ),
    ),
    ...marks.map(paragraph),
  ];
}

export function showImportance({ schema, metrics: { importance = [] } }) {
  if (!importance.length) return [];
  const rows = importance.slice(0, MOST_COLUMNS).map(({ column, increase: value, standard_deviation: spread }) => ({
    name: schema?.properties[column]?.["x-label"] ?? column,
    value,
    spread,
    low: value - spread,
    high: value + spread,
  }));
  const rest = importance.length - rows.length;
  const write = writer(rows);
  const cells = makeCells(rows, { write, mark: 0, bars: true });
  return [
    makeTable(
      `How much the loss on held-out rows grows when one column is shuffled${rest > 0 ? `; ${rest} more matter less` : ""}`,
      ["Column", ["mean ± standard deviation", cells.ticks()], "Increase"],
      rows.map((row) => [row.name, [cells.draw(row)], [write(row.value), small(`± ${write(row.spread)}`)]]),
    ),
  ];
}

export function showChoice({ metrics: { chosen, cross_validation: validation } }) {
  if (!validation?.candidates.length) return [];
  const { loss, folds, repeats, rows, candidates } = validation;
  const [name] = FIGURES[loss];
  const write = writer(candidates.map((line) => ({ value: line.loss, low: 0, high: 2 * line.excess_standard_error })));
  const describe = ({ candidate, settings }) =>
    [candidate, ...Object.entries(settings).map((pair) => pair.join("\u00a0=\u00a0"))].join(", ");
  const mark = (line) => (describe(line) === describe(chosen) ? [element("strong", {}, " chosen")] : []);
  return [
    paragraph("The simplest is chosen whose loss is at most one standard error above the least."),
    makeTable(
      `Candidates by ${folds}-fold cross-validation, ${repeats} times, on ${count(rows)} other rows`,
      ["Candidate", name],
      candidates.map((line) => [[describe(line), ...mark(line)], write(line.loss)]),
    ),
  ];
}
