/** The picture of a number in what-if: a line over its values. */

import { element, svgElement } from "./dom.js";

export class Line {
  constructor(property, choose) {
    this.unit = property["x-unit"] ? ` ${property["x-unit"]}` : "";
    this.line = svgElement("polyline", { class: "curve" });
    this.dot = svgElement("circle", { class: "bar", r: 6 });
    this.texts = ["top", "bottom", "low", "high"].map((className) => element("span", { className }));
    const stretched = { viewBox: "0 0 100 100", preserveAspectRatio: "none", width: "100%", height: "100%" };
    this.svg = svgElement("svg", { class: "plot", role: "img" }, svgElement("svg", stretched, this.line), this.dot);
    this.svg.addEventListener("click", ({ clientX }) => {
      const { left, width } = this.svg.getBoundingClientRect();
      const [low, high] = [this.values[0], this.values.at(-1)];
      const wanted = low + ((clientX - left) / width) * (high - low);
      const isNearer = (a, b) => Math.abs(a - wanted) < Math.abs(b - wanted);
      choose(this.values.reduce((best, value) => (isNearer(value, best) ? value : best)));
    });
    const plot = element("div", { className: "curve-plot" }, this.svg, ...this.texts);
    this.node = element("figure", {}, element("figcaption", {}, property["x-label"]), plot);
  }

  draw(values, scores, current, { start, end, text }) {
    this.values = values;
    const [low, high] = [values[0], values.at(-1)];
    const x = (value) => ((value - low) / (high - low || 1)) * 100;
    const y = (score) => 100 - ((score - start) / (end - start)) * 100;
    const points = values.map((value, i) => [x(value), y(scores[i])]).filter(([, height]) => Number.isFinite(height));
    this.line.setAttribute("points", points.join(" "));
    const at = scores[values.indexOf(current)];
    const isShown = Number.isFinite(at);
    this.dot.setAttribute("cx", `${isShown ? x(current) : 0}%`);
    this.dot.setAttribute("cy", `${isShown ? y(at) : 0}%`);
    this.dot.classList.toggle("gone", !isShown);
    const number = (value) => value.toLocaleString("en", { maximumSignificantDigits: 6 }) + this.unit;
    [text(end), text(start), number(low), number(high)].forEach((words, i) => (this.texts[i].textContent = words));
    const now = isShown ? `; ${text(at)} at ${number(current)}, as it is now` : "";
    const told = (score) => (Number.isFinite(score) ? text(score) : "no answer");
    const said = `${told(scores[0])} at ${number(low)}, ${told(scores.at(-1))} at ${number(high)}${now}.`;
    this.svg.setAttribute("aria-label", said);
  }
}
