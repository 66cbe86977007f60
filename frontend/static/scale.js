/** The picture: the probability as a bar from 0, the usual one as a marker across it. */

import { svgElement } from "./dom.js";

const ROUND = [1, 2, 3, 4, 5, 6, 8, 10];

/** Return the drawing. `texts` label the bar and the marker; all positions are shares of its width. */
export function drawScale(probability, baseRate, texts) {
  const end = scaleEnd(probability, baseRate);
  const at = (value) => `${(value / end) * 100}%`;
  const percent = (value) => `${(value * 100).toLocaleString("en", { maximumSignificantDigits: 3 })}\u00a0%`;
  const anchor = (value) => (value / end < 0.25 ? "start" : value / end > 0.75 ? "end" : "middle");
  const text = (value, y, className, content) =>
    svgElement("text", { x: at(value), y, class: className, "text-anchor": anchor(value) }, content);
  return svgElement(
    "svg",
    { class: "scale", height: 92, role: "img", "aria-label": `${texts.given}; ${texts.usual}` },
    svgElement("rect", { class: "track", y: 32, width: "100%", height: 20, rx: 4 }),
    svgElement("rect", { class: "bar", y: 32, width: at(probability), height: 20, rx: 4 }),
    svgElement("rect", { class: "marker", x: at(baseRate), y: 24, width: 3, height: 36, transform: "translate(-1.5)" }),
    text(baseRate, 15, "usual", texts.usual),
    ...[0, end / 2, end].map((value) => text(value, 82, "tick", percent(value))),
  );
}

/** Return the round share at which the scale ends: twice the usual, so that the scale stays put, or more if needed. */
export function scaleEnd(probability, baseRate) {
  const needed = Math.max(2 * baseRate, 1.1 * probability);
  const magnitude = 10 ** Math.floor(Math.log10(needed));
  return Math.min(magnitude * ROUND.find((step) => step * magnitude >= needed), 1);
}
