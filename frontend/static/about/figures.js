/** The figures: their names and meaning in the report's words, and numbers with the digits that intervals bear. */

import { numbers } from "../chance.js";

/** Of each figure its name, what is good, and whether it is a share. */
export const FIGURES = {
  roc_auc: ["ROC AUC", "How often a positive row ranks above a negative one: 0.5 is chance, 1 is best"],
  log_loss: ["Log loss", "Less, the likelier what happened was held to be: 0 is best"],
  log_loss_skill: ["Log loss skill", "How far below the base rate's: 0% is the base rate, 100% is best", true],
  brier_score: ["Brier score", "The mean squared error of probabilities: 0 is best"],
  brier_skill: ["Brier skill", "How far below the base rate's: 0% is the base rate, 100% is best", true],
  average_precision: ["Average precision", "Over all thresholds: the base rate is chance, 1 is best"],
  calibration_slope: ["Calibration slope", "Below 1 too extreme, above too timid: 1 is best"],
  calibration_intercept: ["Calibration intercept", "Above 0 too low, below too high: 0 is best"],
  expected_calibration_error: ["Expected calibration error", "Distance of predicted and observed share: 0 is best"],
  accuracy: ["Accuracy", "How often the likeliest class is right: 100% is best", true],
  rmse: ["Root mean squared error", "Large errors weigh more: 0 is best"],
  mae: ["Mean absolute error", "How far off it is on average: 0 is best"],
  r2: ["R²", "The share of the variance explained: 0 is the mean, 1 is best"],
  bias: ["Bias", "The mean of prediction minus observed value: 0 is best"],
};

export const isNumber = (value) => typeof value === "number";
export const count = (rows) => rows.toLocaleString("en");

/** Return a function that writes such figures: to the first digit of half an interval, or three digits without any. */
export function writer(figures, isShare) {
  const scale = isShare ? 100 : 1;
  const halves = figures.map(({ low, high }) => (high - low) / 2).filter((half) => half > 0);
  const typical = halves.sort((a, b) => a - b)[halves.length >> 1];
  const most = Math.max(...figures.map(({ value }) => Math.abs(value ?? 0)));
  const write = numbers(scale * (typical * 100 || most || 100));
  return (value) => {
    if (!isNumber(value)) return "–";
    const text = write(scale * value).replace(/^-(?=[0.]*$)/, "");
    return text.replace("-", "−") + (isShare ? "%" : "");
  };
}

/** Return an interval in words; "" for none. */
export const interval = (write, { low, high }) =>
  isNumber(low) ? `${write(low).replace("%", "")} to ${write(high)}` : "";

/** Return Wilson's 95 % interval of a share observed in so many rows. */
export function shareInterval({ observed, rows }) {
  const square = 1.959964 ** 2 / rows;
  const [middle, margin] = [observed + square / 2, Math.sqrt(square * (observed * (1 - observed) + square / 4))];
  return { low: (middle - margin) / (1 + square), high: (middle + margin) / (1 + square) };
}
