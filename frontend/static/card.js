/** The card: what the page says of its model around the views. */

import { element } from "./dom.js";

const find = (id) => document.getElementById(id);

/** Show title, question, verdict, caveats and links; `take(row)` is called for an example that is chosen. */
export function showCard({ api, schema, card, report }, take) {
  const { title, task, target, provenance, caveats, version, metrics } = card;
  document.title = find("title").textContent = title;
  const rows = provenance ? `, learned from ${provenance.data.rows.toLocaleString("en")} rows` : "";
  find("purpose").textContent = `${questionOf(task, target)}A prediction of ${target.name}${rows}.`;
  find("verdict").textContent = metrics?.verdict?.[0] ?? "";
  find("caveats").replaceChildren(...caveats.map((caveat) => element("li", {}, caveat)));
  find("limits").hidden = caveats.length === 0;
  find("version").textContent = `Model ${version}`;
  const examples = (schema["x-examples"] ?? []).map(({ name, row }) =>
    element("button", { type: "button", textContent: name, onclick: () => take(row) }),
  );
  find("examples").replaceChildren(...(examples.length ? ["Examples:", ...examples] : []));
  for (const link of document.querySelectorAll("footer a")) {
    link.hidden = !api;
    if (api) link.href = api.base + link.getAttribute("data-path");
  }
  report.then((address) => {
    find("report").hidden = !address;
    if (address) find("report").firstChild.href = address;
  });
}

function questionOf(task, { labels }) {
  if (task === "regression") return "";
  if (task === "binary") return `How likely is “${labels[1]}” rather than “${labels[0]}”? `;
  return `Which is it: ${labels.map((label) => `“${label}”`).join(", ")}? `;
}
