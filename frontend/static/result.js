/** The result: what was answered, set against what is usual. */

import { barRow, barTable, part, track } from "./bars.js";
import { comparison, frequencies, percentages } from "./chance.js";
import { element } from "./dom.js";
import { drawMarker, drawScale } from "./scale.js";

export class Result {
  /** Take over a section; `drawValue` is that of value.js, for a regression. */
  constructor(section, card, { drawValue }) {
    const draw = drawValue ?? drawChance;
    this.section = section;
    this.answer = section.querySelector("#answer");
    this.details = section.querySelector("#details");
    this.draw = (answer) => draw(card, answer);
  }

  set busy(isBusy) {
    this.section.setAttribute("aria-busy", String(isBusy));
  }

  /** Whether what is shown is right already, and only not confirmed. */
  set isComputed(isComputed) {
    this.section.classList.toggle("computed", isComputed);
  }

  get isComputed() {
    return this.section.classList.contains("computed");
  }

  clear() {
    this.answer.replaceChildren();
    this.details.replaceChildren();
  }

  /** Show an answer; the words are left alone where they stay as they are, so that none are read out twice. */
  show(answer) {
    const { headline, remark, details } = this.draw(answer);
    const said = [
      element("p", { className: "headline" }, ...headline),
      element("p", { className: "comparison" }, remark),
    ];
    const isNew = said.map((part) => part.textContent).join("") !== this.answer.textContent;
    if (isNew) this.answer.replaceChildren(...said);
    this.details.replaceChildren(...details);
  }
}

/** A class: the positive one of two, the likeliest of several; with the chances of all. */
function drawChance({ task, target: { labels }, baseline }, answer) {
  const { label, probability, probabilities, base_rate: baseRate } = answer;
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
      : fact(`Usual for ${label}, over all training rows`, percent(baseRate));
  return {
    headline: [
      element("span", { className: "label" }, shown, spoken(": ")),
      element("strong", {}, given, spoken(", ")),
      element("span", {}, given === usual ? "as is usual" : `where ${usual} is usual`),
    ],
    remark: comparison(probability, baseRate),
    details: [
      task === "binary"
        ? drawScale(probability, baseRate, texts)
        : classTable(labels, probabilities, baseline, percent),
      element("dl", {}, ...facts),
    ],
  };
}

/** Every class with its chance, likeliest first, and a marker at what is usual. */
function classTable(labels, probabilities, { class_rates: usual }, percent) {
  const marked = (share, rate) => [track(), part("bar", 0, share * 100), drawMarker(rate, { height: "100%" })];
  const rows = labels
    .map((label, i) => ({ label, share: probabilities[label], rate: usual[i] }))
    .sort((a, b) => b.share - a.share)
    .map(({ label, share, rate }) => barRow([label], marked(share, rate), percent(share)));
  return barTable("Each class; the line across marks what is usual.", rows);
}

export const spoken = (punctuation) => element("span", { className: "spoken" }, punctuation);
export const fact = (name, value) => [element("dt", {}, name), element("dd", {}, value)];
