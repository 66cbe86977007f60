/** The result: what the function answered, set against what is usual. */

import { comparison, frequencies, percentages } from "./chance.js";
import { element } from "./dom.js";
import { drawScale } from "./scale.js";

export class Result {
  constructor(section, positiveLabel) {
    this.section = section;
    this.answer = section.querySelector("#answer");
    this.details = section.querySelector("#details");
    this.label = positiveLabel;
  }

  set busy(isBusy) {
    this.section.setAttribute("aria-busy", String(isBusy));
  }

  clear() {
    this.answer.replaceChildren();
    this.details.replaceChildren();
  }

  show({ label, probability, probabilities, base_rate: baseRate }) {
    const { given, usual } = frequencies(probability, baseRate);
    const percent = percentages(probability, baseRate);
    this.answer.replaceChildren(
      element(
        "p",
        { className: "headline" },
        element("span", { className: "label" }, this.label, spoken(": ")),
        element("strong", {}, given, spoken(", ")),
        element("span", {}, given === usual ? "as is usual" : `where ${usual} is usual`),
      ),
      element("p", { className: "comparison" }, comparison(probability, baseRate)),
    );
    const texts = { given: `${this.label} ${percent(probability)}`, usual: `usual ${percent(baseRate)}` };
    this.details.replaceChildren(
      drawScale(probability, baseRate, texts),
      element(
        "dl",
        {},
        ...fact("Probability", percent(probability)),
        ...fact("Usual, over all training rows", percent(baseRate)),
        ...fact("Likelier class", `${label}, ${percent(probabilities[label])}`),
      ),
    );
  }
}

const spoken = (punctuation) => element("span", { className: "spoken" }, punctuation);
const fact = (name, value) => [element("dt", {}, name), element("dd", {}, value)];
