/** The picture of a number or a date in what-if: a line over its values, and in words what it is where not known. */

import { element, svgElement } from "./dom.js";
import { NOT_KNOWN } from "./form.js";
import { dateOf, dayOf } from "./twin/dates.js";

const POINTS = 40;

export class Line {
  constructor(property, choose) {
    const { format, type, "x-unit": unit, "x-range": range, "x-step": step } = property;
    const isDate = format === "date";
    const text = (value) => value.toLocaleString("en", { maximumSignificantDigits: 6 }) + (unit ? ` ${unit}` : "");
    this.toNumber = isDate ? dayOf : (value) => value;
    this.text = isDate ? (date) => date : text;
    this.values = (now) => {
      const ends = (now === null ? range : [...range, now]).map(this.toNumber);
      const points = spread(ends, isDate ? 1 : step).map(isDate ? dateOf : (point) => point);
      return type.includes("null") ? [...points, null] : points;
    };
    this.line = svgElement("polyline", { class: "curve" });
    this.dot = svgElement("circle", { class: "bar", r: 6 });
    this.texts = ["top", "bottom", "low", "high"].map((className) => element("span", { className }));
    const stretched = { viewBox: "0 0 100 100", preserveAspectRatio: "none", width: "100%", height: "100%" };
    this.svg = svgElement("svg", { class: "plot", role: "img" }, svgElement("svg", stretched, this.line), this.dot);
    this.svg.addEventListener("click", ({ clientX }) => {
      const { left, width } = this.svg.getBoundingClientRect();
      const [low, high] = [this.drawn[0], this.drawn.at(-1)].map(this.toNumber);
      const wanted = low + ((clientX - left) / width) * (high - low);
      const distance = (value) => Math.abs(this.toNumber(value) - wanted);
      choose(this.drawn.reduce((best, value) => (distance(value) < distance(best) ? value : best)));
    });
    const plot = element("div", { className: "curve-plot" }, this.svg, ...this.texts);
    this.gap = element("p", { className: "gap", onclick: () => choose(null) });
    this.node = element("figure", {}, element("figcaption", {}, property["x-label"]), plot, this.gap);
  }

  draw(values, scores, current, { start, end, text }) {
    const told = (score) => (Number.isFinite(score) ? text(score) : "no answer");
    const now = (isNow) => (isNow ? ", as it is now" : "");
    this.drawn = values.filter((value) => value !== null);
    const numbers = this.drawn.map(this.toNumber);
    const [low, high] = [numbers[0], numbers.at(-1)];
    const x = (number) => ((number - low) / (high - low || 1)) * 100;
    const y = (score) => 100 - ((score - start) / (end - start)) * 100;
    const points = numbers.map((number, i) => [x(number), y(scores[i])]);
    this.line.setAttribute("points", points.filter((point) => point.every(Number.isFinite)).join(" "));
    const at = current === null ? NaN : scores[values.indexOf(current)];
    const isShown = Number.isFinite(at);
    this.dot.setAttribute("cx", `${isShown ? x(this.toNumber(current)) : 0}%`);
    this.dot.setAttribute("cy", `${isShown ? y(at) : 0}%`);
    this.dot.classList.toggle("gone", !isShown);
    const [first, last] = [this.drawn[0], this.drawn.at(-1)].map(this.text);
    [text(end), text(start), first, last].forEach((words, i) => (this.texts[i].textContent = words));
    const here = isShown ? `; ${text(at)} at ${this.text(current)}${now(true)}` : "";
    const lastScore = scores[this.drawn.length - 1];
    this.svg.setAttribute("aria-label", `${told(scores[0])} at ${first}, ${told(lastScore)} at ${last}${here}.`);
    const isGap = this.drawn.length < values.length;
    this.gap.textContent = isGap ? `${NOT_KNOWN}: ${told(scores.at(-1))}${now(current === null)}` : "";
    this.gap.classList.toggle("now", current === null);
  }
}

/** Return points spread from the least of `ends` to the greatest, with all of these among them. */
function spread(ends, step) {
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const size = step === 1 ? Math.max(1, Math.ceil((high - low) / POINTS)) : (high - low) / POINTS || 1;
  const count = Math.floor((high - low) / size + 1e-9);
  const points = Array.from({ length: count + 1 }, (_, i) => Number((low + i * size).toPrecision(10)));
  return [...new Set([...points, ...ends])].sort((a, b) => a - b);
}
