/** The result: what the function answered, set against what is usual. */

import { comparison, frequencies, numbers, percentages } from "./chance.js";
import { element } from "./dom.js";
import { drawScale } from "./scale.js";

export class Result {
  constructor(section, { task, target }) {
    this.section = section;
    this.answer = section.querySelector("#answer");
    this.details = section.querySelector("#details");
    this.draw = task === "regression" ? (answer) => value(target.name, answer) : (answer) => chance(task, target, answer);
  }

  set busy(isBusy) {
    this.section.setAttribute("aria-busy", String(isBusy));
  }

  clear() {
    this.answer.replaceChildren();
    this.details.replaceChildren();
  }

  show(answer) {
    const { headline, remark, details } = this.draw(answer);
    this.answer.replaceChildren(
      element("p", { className: "headline" }, ...headline),
      element("p", { className: "comparison" }, remark),
    );
    this.details.replaceChildren(...details);
  }
}

/** A class: the positive one of two, the likeliest of several; with the chances of all. */
function chance(task, { labels }, { label, probability, probabilities, base_rate: baseRate }) {
  const shown = task === "binary" ? labels[1] : label;
  const { given, usual } = frequencies(probability, baseRate);
  const percent = percentages(probability, baseRate);
  const texts = { given: `${shown} ${percent(probability)}`, usual: `usual ${percent(baseRate)}` };
  const facts =
    task === "binary"
      ? [
          ...fact("Probability", percent(probability)),
          ...fact("Usual, over all training rows", percent(baseRate)),
          ...fact("Likelier class", `${label}, ${percent(probabilities[label])}`),
        ]
      : [
          ...byShare(probabilities).flatMap(([name, share]) => fact(name, percent(share))),
          ...fact(`Usual for ${label}, over all training rows`, percent(baseRate)),
        ];
  return {
    headline: [
      element("span", { className: "label" }, shown, spoken(": ")),
      element("strong", {}, given, spoken(", ")),
      element("span", {}, given === usual ? "as is usual" : `where ${usual} is usual`),
    ],
    remark: comparison(probability, baseRate),
    details: [drawScale(probability, baseRate, texts), element("dl", {}, ...facts)],
  };
}

/** A number, with how far off such answers typically are. */
function value(name, { value, typical_error: error, base_value: usual }) {
  const number = numbers(error);
  return {
    headline: [
      element("span", { className: "label" }, name, spoken(": ")),
      element("strong", {}, number(value), spoken(", ")),
      element("span", {}, `where ${number(usual)} is usual`),
    ],
    remark: `Typically off by ${number(error)}.`,
    details: [
      element(
        "dl",
        {},
        ...fact("Expected value", number(value)),
        ...fact("Typical error, on rows held out of training", number(error)),
        ...fact("Usual, the mean of the training rows", number(usual)),
      ),
    ],
  };
}

const byShare = (probabilities) => Object.entries(probabilities).sort(([, a], [, b]) => b - a);
const spoken = (punctuation) => element("span", { className: "spoken" }, punctuation);
const fact = (name, value) => [element("dt", {}, name), element("dd", {}, value)];
