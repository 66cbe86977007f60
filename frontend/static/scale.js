/** The pictures of one answer: a bar from 0, beside what is usual. All positions are shares of the width. */

import { svgElement } from "./dom.js";

const ROUND = [1, 2, 3, 4, 5, 6, 8, 10];
export const percent = (share) => `${share * 100}%`;

/** Draw a probability as a bar, the usual one as a marker across it; `texts` label both. */
export function drawScale(probability, baseRate, texts) {
  const end = scaleEnd(probability, baseRate);
  const tick = (value) => `${(value * 100).toLocaleString("en", { maximumSignificantDigits: 3 })}%`;
  return picture(
    `${texts.given}; ${texts.usual}`,
    svgElement("rect", { class: "bar", y: 32, width: percent(probability / end), height: 20, rx: 4 }),
    ...marker(baseRate / end, texts.usual),
    ...[0, end / 2, end].map((value) => text(value / end, 82, "tick", tick(value))),
  );
}

/** Return a picture of one answer; `label` says the same. */
export function picture(label, ...parts) {
  const track = svgElement("rect", { class: "track", y: 32, width: "100%", height: 20, rx: 4 });
  return svgElement("svg", { class: "scale", height: 92, role: "img", "aria-label": label }, track, ...parts);
}

/** Return a labelled line across a picture at a share of its width. */
export function marker(at, label) {
  return [drawMarker(at, { y: 24, height: 36 }), text(at, 15, "usual", label)];
}

/** Return a line across a picture at a share of its width. */
export function drawMarker(at, attributes) {
  return svgElement("rect", { class: "marker", x: percent(at), width: 3, transform: "translate(-1.5)", ...attributes });
}

/** Return a text at a share of a picture's width. */
export function text(at, y, className, content) {
  const anchor = at < 0.25 ? "start" : at > 0.75 ? "end" : "middle";
  return svgElement("text", { x: percent(at), y, class: className, "text-anchor": anchor }, content);
}

/** Return the round share at which the scale ends: twice the usual, so that the scale stays put, or more if needed. */
export function scaleEnd(probability, baseRate) {
  const needed = Math.max(2 * baseRate, 1.1 * probability);
  const magnitude = 10 ** Math.floor(Math.log10(needed));
  return Math.min(magnitude * ROUND.find((step) => step * magnitude >= needed), 1);
}
