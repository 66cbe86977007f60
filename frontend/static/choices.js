/** The picture of a category in what-if: a bar for each choice. */

import { barRow, barTable, part, track } from "./bars.js";
import { element } from "./dom.js";
import { textOf } from "./form.js";

const MOST_SHOWN = 15; // choices, before they scroll

export class Choices {
  constructor(property, choose) {
    this.lines = property.enum.map((choice) => {
      const mark = part("bar", 0, 0);
      const now = element("span", { className: "spoken" });
      const node = barRow([textOf(choice), now], [track(), mark], "");
      node.onclick = () => choose(choice);
      return { node, mark, figure: node.lastChild, now };
    });
    const rows = this.lines.map(({ node }) => node);
    const table = barTable(property["x-label"], rows, "choosable");
    const region = { className: "long", role: "region", tabIndex: 0, ariaLabel: `${property["x-label"]}, each choice` };
    this.node = rows.length > MOST_SHOWN ? element("div", region, table) : table;
  }

  draw(values, scores, current, { start, end, text, hasBars }) {
    this.lines.forEach(({ node, mark, figure, now }, i) => {
      const at = Number.isFinite(scores[i]) ? ((scores[i] - start) / (end - start)) * 100 : 0;
      mark.setAttribute("x", hasBars ? 0 : `calc(${at}% - 4px)`);
      mark.setAttribute("width", hasBars ? `${at}%` : 8);
      figure.textContent = Number.isFinite(scores[i]) ? text(scores[i]) : "–";
      const isNow = values[i] === current;
      node.classList.toggle("now", isNow);
      now.textContent = isNow ? ", as it is now" : "";
    });
  }
}
