/** The view "About this model": what GET /model tells, from the verdict to where it comes from. */

import { element } from "../dom.js";
import * as evaluation from "./evaluation.js";
import { count } from "./figures.js";
import { markdown } from "./markdown.js";

const NOT_WRITTEN = "Nobody has written yet what this model is for. The place for it is `docs/intended-use.md`.";

/** Fill `section` with what is known of the model; `report` is the address of the full report, or null. */
export function showAbout(section, card, report) {
  const { task, metrics = {}, caveats = [], provenance = {} } = card;
  const known = { ...card, metrics };
  const noted = (provenance.notices ?? []).map((notice) => `Training noted: ${notice}`);
  const link = report ? [element("p", {}, element("a", { href: report }, "Read the full report"))] : [];
  const parts = {
    Verdict: [...list(metrics.verdict), ...link],
    "Before you trust it": list([...caveats, ...noted]),
    "Key figures": evaluation.showFigures(known),
    [task === "regression" ? "Predicted against observed" : "Whether its probabilities hold"]:
      evaluation.showCalibration(known),
    "What acting on it would mean": evaluation.showThresholds(known),
    "How good it is for whom": evaluation.showSlices(known),
    "Which columns it uses": evaluation.showImportance(known),
    "How it was chosen": evaluation.showChoice(known),
    "Where it comes from": showProvenance(known),
    "Intended use": showIntent(card),
  };
  section.classList.add("about");
  section.replaceChildren(
    ...Object.entries(parts)
      .filter(([, content]) => content.length > 0)
      .map(([title, content]) => element("section", {}, element("h2", {}, title), ...content)),
  );
}

function list(texts = []) {
  return texts.length ? [element("ul", {}, ...texts.map((text) => element("li", {}, text)))] : [];
}

function showProvenance({ version, provenance: { data, seed, versions } = {}, parity }) {
  const hash = data?.sha256 || data?.content_sha256;
  const facts = [
    ["Model", version],
    ["Table", data && `${data.file}: ${count(data.rows)} rows, ${count(data.distinct_rows)} of them distinct`],
    ["SHA-256", hash && `${hash.slice(0, 12)}…`],
    ["Seed", seed],
    ["Versions", versions && Object.entries(versions).map((pair) => pair.join(" ")).join(", ")],
    [
      "Parity",
      parity?.rows &&
        `Agrees with scikit-learn to ${parity.largest_difference.toExponential(1)} on ${count(parity.rows)} rows of ` +
          `the table and ${count(parity.edge_rows)} at its edges; both refuse ${count(parity.refused_rows)} bad rows`,
    ],
  ].filter(([, content]) => content || content === 0);
  const pairs = facts.flatMap(([name, content]) => [element("dt", {}, name), element("dd", {}, content)]);
  return pairs.length ? [element("dl", {}, ...pairs)] : [];
}

function showIntent({ intended_use: text }) {
  const blocks = markdown(text || NOT_WRITTEN);
  return blocks[0].textContent === "Intended use" ? blocks.slice(1) : blocks;
}
