/** The outcome of a row, a prediction or a problem, as the columns that a download adds to those of the file. */

import { NUMBER, cureOf } from "../numeral.js";
import { nameIn } from "../twin/row.js";
import { waysToWrite } from "./cells.js";
import { writeRecord } from "./csv.js";

const MOST_CHOICES = 12; // that are told
export const TRUTHS = "true or false, yes or no, 1 or 0";

/** Writes what is added to a file of this header, in the columns that the API's CSV has. */
export class OutcomeWriter {
  constructor({ properties }, { task, target, version }, header, separator) {
    Object.assign(this, { properties, version, separator, labels: task === "regression" ? null : target.labels });
    const names = this.labels
      ? ["label", "probability", ...this.labels.map((label) => `probabilities.${label}`), "base_rate"]
      : ["value", "typical_error", "base_value"];
    this.empty = names.map(() => "");
    const taken = new Set(header);
    this.header = this.#write([...names, "model_version", "problem"].map((name) => freeName(name, taken)));
  }

  prediction({ label, probability, probabilities, base_rate: rate, value, typical_error: error, base_value: base }) {
    const cells = this.labels
      ? [harmless(label), probability, ...this.labels.map((each) => probabilities[each]), rate]
      : [value, error, base];
    return this.#write([...cells, this.version, ""]);
  }

  problem(sentence) {
    return this.#write([...this.empty, this.version, harmless(sentence)]);
  }

  /** Return what is wrong with a row, in words, with so many fields at most. */
  sentence({ detail, errors }, most = errors.length) {
    const sentences = errors.slice(0, most).map(({ pointer, given, suggestion }) => {
      const name = nameIn(pointer);
      const cure = suggestion ? `Did you mean “${suggestion}”?` : cureFor(given, this.properties[name]);
      return `“${name}” is ${given === null ? "missing" : `“${given}”`}. ${cure}`;
    });
    if (errors.length > most) sentences.push(`And ${errors.length - most} more fields.`);
    return sentences.join(" ") || detail;
  }

  #write(cells) {
    return `${this.separator}${writeRecord(cells, this.separator)}\r\n`;
  }
}

function cureFor(given, property) {
  const { type, enum: choices, format, minimum, maximum } = property;
  if (type.includes("boolean")) return `Allowed: ${TRUTHS}.`;
  if (choices) return `Allowed: ${listed(choices)}.`;
  if (format === "date") return `A date is written ${waysToWrite(property["x-range"][0], property)}.`;
  if (type.includes("string")) return "A text is needed.";
  if (typeof given !== "number") return cureOf(given ?? "");
  return given % 1 && type.includes("integer") ? "A whole number is needed." : `Allowed: ${minimum} to ${maximum}.`;
}

/** Return choices in words, the first few of many. */
export function listed(choices) {
  const texts = choices.map((choice) => (choice === null ? "nothing" : `“${choice}”`));
  const rest = texts.splice(MOST_CHOICES).length;
  return texts.join(", ") + (rest ? ` and ${rest} more` : "");
}

/** Return a text that no spreadsheet takes for a formula; a class may be called -1. */
const harmless = (text) => (/^[=+\-@\t\r]/.test(text) && !NUMBER.test(text) ? `'${text}` : text);

function freeName(name, taken) {
  while (taken.has(name)) name += "_2";
  taken.add(name);
  return name;
}
