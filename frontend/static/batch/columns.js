/** The columns of a file: which of them the model takes, and what the cells of these mean. */

import { nearest } from "../twin/nearest.js";
import { makeReader } from "./cells.js";
import { FileError } from "./csv.js";

const MOST_TOLD = 8; // columns that are missing
const LONGEST_HEADER = 1_000; // characters of it that are told

export class Columns {
  /** Find the fields of a schema in the first line of a file; a FileError names each that is not there once. */
  constructor(header, { properties, required, "x-missing": missingTexts }) {
    this.header = header;
    this.others = header.filter((name) => !Object.hasOwn(properties, name));
    const readers = Object.entries(properties).map(([name, property]) => [name, makeReader(property, missingTexts)]);
    this.fields = readers.map(([name, read]) => [name, header.indexOf(name), read]);
    const missing = required.filter((name) => !header.includes(name));
    const twice = this.fields.filter(([name, at]) => at !== header.lastIndexOf(name));
    if (missing.length + twice.length === 0) return;
    const rest = missing.length - MOST_TOLD;
    throw new FileError("Nothing is scored: the first line has to name each column that is needed, once.", [
      `The first line is: ${header.join(", ").slice(0, LONGEST_HEADER)}`,
      ...missing.slice(0, MOST_TOLD).map((name) => `“${name}” is missing.${this.#suggestion(name)}`),
      ...(rest > 0 ? [`And ${rest} more are missing.`] : []),
      ...twice.map(([name]) => `“${name}” is there more than once.`),
    ]);
  }

  /** Return the row that cells hold, a field without a column being null; null if they are too few or too many. */
  read(cells) {
    if (cells.length !== this.header.length) return null;
    return Object.fromEntries(this.fields.map(([name, at, read]) => [name, at < 0 ? null : read(cells[at])]));
  }

  /** Say which other column looks like the one that is missing. */
  #suggestion(name) {
    const near = nearest(name, this.others);
    return near === null ? "" : ` Is it “${near}”? Then rename that.`;
  }
}
