/** Tables of bars: a name, a bar and a number in each row. */

import { element, svgElement } from "./dom.js";

export function barTable(caption, rows, className = "") {
  const parts = [element("caption", {}, caption), element("tbody", {}, ...rows)];
  return element("table", { className: `bars ${className}` }, ...parts);
}

/** Return a row; `head` and `bars` are lists of nodes, and a bar says nothing that is not said beside it. */
export function barRow(head, bars, figure) {
  const size = { class: "small-bar", "aria-hidden": "true" };
  const drawn = bars.length ? [svgElement("svg", size, ...bars)] : [];
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, ...head),
    element("td", { className: "drawn" }, ...drawn),
    element("td", {}, figure),
  );
}

/** Return a part of a bar, as high as it; numbers are shares of its width in per cent. */
export function part(className, x, width) {
  return svgElement("rect", { class: className, x: `${x}%`, width: `${width}%`, height: "100%", rx: 3 });
}

export const track = () => part("track", 0, 100);
