/** The contents of a file's columns, in words. */

import { rangeOf } from "../form.js";
import { waysToWrite } from "./cells.js";
import { TRUTHS, listed } from "./outcome.js";

/** Return what a column holds, in words. */
export function whatIn(property) {
  const { type, enum: choices, "x-choices": known, format, "x-range": range, "x-unit": unit = "" } = property;
  if (type.includes("boolean")) return TRUTHS;
  if (known) return `${listed(known.filter((choice) => choice !== property["x-other"]))}, or any other text`;
  if (choices) return listed(choices);
  const found = range ? `, ${rangeOf(range)} ${unit}`.trimEnd() + " in the data" : "";
  if (format === "date") return `a date${found}, written ${waysToWrite(range[0], property)}`;
  return `a ${type.includes("integer") ? "whole " : ""}number${found}`;
}
