/** The picture of a choice in what-if: a bar for each. */

import { barRow, barTable, part, track } from "./bars.js";
import { element } from "./dom.js";
import { choicesOf, textOf } from "./form.js";

const MOST_SHOWN = 15; // choices, before they scroll

export class Choices {
  constructor(property, choose) {
    this.choices = choicesOf(property);
    this.other = property["x-other"];
    this.lines = this.choices.map((choice) => {
      const mark = part("bar", 0, 0);
      const now = element("span", { className: "spoken" });
      const node = barRow([textOf(choice, property), now], [track(), mark], "");
      node.onclick = () => choose(choice);
      return { node, mark, figure: node.lastChild, now };
    });
    const rows = this.lines.map(({ node }) => node);
    const table = barTable(property["x-label"], rows, "choosable");
    const region = { className: "long", role: "region", tabIndex: 0, ariaLabel: `${property["x-label"]}, each choice` };
    this.node = rows.length > MOST_SHOWN ? element("div", region, table) : table;
  }

  /** Return the values to draw. */
  values() {
    return this.choices;
  }

  draw(values, scores, current, { start, end, text, hasBars }) {
    const chosen = values.includes(current) ? current : this.other;
    this.lines.forEach(({ node, mark, figure, now }, i) => {
      const at = Number.isFinite(scores[i]) ? ((scores[i] - start) / (end - start)) * 100 : 0;
      mark.setAttribute("x", hasBars ? 0 : `calc(${at}% - 4px)`);
      mark.setAttribute("width", hasBars ? `${at}%` : 8);
      figure.textContent = Number.isFinite(scores[i]) ? text(scores[i]) : "–";
      const isNow = values[i] === chosen;
      node.classList.toggle("now", isNow);
      now.textContent = isNow ? ", as it is now" : "";
    });
  }
}
