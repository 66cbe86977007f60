/** What-if: per field, the prediction over that field's values with the others as they are. */

import { numbers, percentages } from "./chance.js";
import { Choices } from "./choices.js";
import { choicesOf, propertiesOf } from "./form.js";
import { scaleEnd } from "./scale.js";
import { load } from "./view.js";

export class WhatIf {
  /** Prepare a picture per field of the schema; `choose(name, value)` is called for one that the reader picks. */
  constructor(section, { schema, card }, choose) {
    Object.assign(this, { section, card });
    this.prepared = this.#prepare(propertiesOf(schema), choose);
  }

  async #prepare(properties, choose) {
    const { Line } = properties.every(([, property]) => choicesOf(property)) ? {} : await load("./line.js", "line.css");
    this.fields = properties.map(([name, property]) => ({
      name,
      picture: new (choicesOf(property) ? Choices : Line)(property, (value) => choose(name, value)),
    }));
    this.section.querySelector("#what-if").replaceChildren(...this.fields.map(({ picture }) => picture.node));
  }

  /** Draw the pictures for a row and its answer; `answerAll(rows)` promises an answer to each, or undefined. */
  async draw(row, answer, answerAll, signal) {
    await this.prepared;
    const given = this.fields.map(({ name, picture }) => picture.values(row[name]));
    const rows = this.fields.flatMap(({ name }, i) => given[i].map((value) => ({ ...row, [name]: value })));
    const { what, pick, scaleOf } = this.#shown(answer);
    const answers = await answerAll(rows);
    if (signal.aborted) return;
    const scores = answers.map((each) => (each ? pick(each) : NaN));
    const scale = scaleOf(scores.filter(Number.isFinite));
    let at = 0;
    this.fields.forEach(({ name, picture }, i) => {
      picture.draw(given[i], scores.slice(at, (at += given[i].length)), row[name], scale);
    });
    const words = "were one field different and the others as they are. Choose a value here, or in the form.";
    this.section.querySelector("#variants-hint").textContent = `${what}, ${words}`;
    this.section.hidden = false;
  }

  /** Return what is drawn, in words, how to read it off an answer, and its scale: { start, end, text, hasBars }. */
  #shown({ label, probability, base_rate: baseRate, typical_error: error }) {
    const { task, target } = this.card;
    if (task === "regression") {
      const scaleOf = (scores) => {
        const [least, most] = [Math.min(...scores), Math.max(...scores)];
        const margin = (most - least || error || 1) / 10;
        return { start: least - margin, end: most + margin, text: numbers(error), hasBars: false };
      };
      return { what: `The expected ${target.name}`, pick: ({ value }) => value, scaleOf };
    }
    const shown = task === "binary" ? target.labels[1] : label;
    const scaleOf = (scores) => {
      const end = scaleEnd(Math.max(...scores), baseRate);
      return { start: 0, end, text: percentages(probability, baseRate), hasBars: true };
    };
    return { what: `The chance of ${shown}`, pick: ({ probabilities }) => probabilities[shown], scaleOf };
  }
}
