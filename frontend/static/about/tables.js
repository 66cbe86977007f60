/** Tables of figures; a cell is a text or a list of texts and elements. */

import { element } from "../dom.js";
import { interval } from "./figures.js";

export const small = (text) => element("small", {}, ` ${text}`);

/** Return the cell of a figure with its interval. */
export const ranged = (write, figure) => [write(figure.value), small(interval(write, figure))];

/** Return a table in a region that scrolls by itself; the first cell of a row names it. */
export function makeTable(caption, head, rows) {
  const line = (tag, scope, [first, ...rest]) =>
    element(
      "tr",
      {},
      element("th", { scope }, ...[first].flat()),
      ...rest.map((cell) => element(tag, tag === "th" ? { scope } : {}, ...[cell].flat())),
    );
  return element(
    "div",
    { className: "scroll", role: "region", tabIndex: 0, ariaLabel: caption },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, line("th", "col", head)),
      element("tbody", {}, ...rows.map((cells) => line("td", "row", cells))),
    ),
  );
}
