/** The page: draws the form, keeps the views and the address in step with it, and tells what goes wrong. */

import { Problem } from "./api.js";
import { copyText } from "./copy.js";
import { describe } from "./description.js";
import { element } from "./dom.js";
import { textOf } from "./form.js";
import { readLink, writeLink } from "./link.js";
import { Session } from "./session.js";
import { Tabs } from "./tabs.js";
import { load } from "./view.js";

const REPLACED = "The model has been replaced, so its form was drawn anew.";
const CHANGING = "The function answers by one model and describes another: it is being changed. Retry in a moment.";
const SETTLED_MS = 500;
const find = (id) => document.getElementById(id);
const page = { asks: keepAddress, tellProblem, findsReplaced, findsSame: () => (isRedrawn = false) };
const tabs = new Tabs(find("tabs"), showView);
let view = null;
let found = null; // what the page is drawn from
let session = null;
let typical = ""; // the row that the form begins with
let batch = null;
let settling; // the address
const filled = new Set(); // views that are drawn for the model
let isRedrawn = false; // for another model, which has not answered yet

/** Read what the page is drawn from and draw it; `kept` is a row to put into the form as far as it fits. */
async function open({ kept = null, before = null, notice = "" } = {}) {
  tellProblem("");
  find("loading").hidden = session !== null;
  try {
    const read = await describe();
    if (read.card.version === before) throw new Problem(CHANGING);
    draw(read, kept, notice);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    tellProblem(error.message, () => open({ kept, notice }));
  } finally {
    find("loading").hidden = true;
  }
}

function draw(read, kept, notice) {
  session?.close();
  batch?.close();
  batch = null;
  filled.clear();
  found = read;
  session = new Session(found, page);
  typical = JSON.stringify(session.form.row);
  showCard(found);
  fill(kept, notice);
  find("tabs").hidden = false;
  tabs.show(view);
  session.ask();
}

/** Put a row into the form, and tell what does not fit. */
function fill(row, notice = "") {
  const misfits = row ? session.form.fill(row) : [];
  const text = (value) => (typeof value === "string" ? `“${value}”` : textOf(value));
  const names = misfits.map(({ name, value }) => `${name}: ${text(value)}`);
  const left = misfits.length ? `Not taken over, since this form has no such value: ${names.join("; ")}.` : "";
  find("notice").textContent = `${notice} ${left}`.trim();
}

function showCard({ api, schema, card, report }) {
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

/** Draw the page anew for the model that answers now, and keep what was typed. */
function findsReplaced(row, before) {
  if (isRedrawn) return tellProblem(CHANGING, () => open({ kept: row }));
  isRedrawn = true;
  open({ kept: row, before, notice: REPLACED });
}

function take(row) {
  fill(row);
  session.ask();
}

async function showView(shown) {
  view = shown;
  if (!session) return;
  keepAddress();
  try {
    await fillView(shown, session);
  } catch (error) {
    filled.delete(shown);
    if (!(error instanceof Problem)) throw error;
    tellProblem(error.message, () => showView(shown));
  }
}

/** Fill a view when it is first shown, with code that is only loaded then; the samples every time. */
async function fillView(shown, current) {
  const { api, schema, card, report } = found;
  const section = find(shown);
  if (shown === "api") {
    const { showSamples } = await load("./samples/samples.js", "samples/samples.css");
    return showSamples(section, api, current.form.row);
  }
  if (shown === "row" || filled.has(shown)) return;
  filled.add(shown);
  if (shown === "batch") {
    const { BatchView } = await load("./batch/batch.js", "batch/batch.css");
    const read = await current.document;
    if (current === session) batch = new BatchView(section, { schema, card, api, document: read });
  } else {
    const { showAbout } = await load("./about/about.js", "about/about.css");
    showAbout(section, { ...card, schema }, await report);
  }
}

/** Let the address reproduce the row and the view, soon: browsers take some time for it, and refuse it many times. */
function keepAddress() {
  clearTimeout(settling);
  settling = setTimeout(() => {
    const { row } = session.form;
    const isTypical = JSON.stringify(row) === typical;
    const hash = writeLink(isTypical ? null : row, view === "row" ? null : view);
    history.replaceState(null, "", hash || location.pathname + location.search);
  }, SETTLED_MS);
}

/** Say what is wrong and, where another try may help, offer it; an empty message takes the last one away. */
function tellProblem(message, retry = null) {
  const again = retry === true ? () => session.ask({ asked: true }) : retry;
  const onclick = () => {
    find("problem").focus(); // the button is about to go
    tellProblem("");
    again();
  };
  const button = again && element("button", { type: "button", textContent: "Retry", onclick });
  find("problem").replaceChildren(...(message ? [element("p", {}, message)] : []), ...(button ? [button] : []));
}

function followLink() {
  const { row, view: named, isBroken } = readLink(location.hash);
  view = named;
  const notice = isBroken ? "The link holds no row that can be read, so the typical row is shown." : "";
  if (!session) return open({ kept: row, notice });
  fill(row, notice);
  tabs.show(view);
  session.ask();
}

find("form").addEventListener("input", ({ target }) => {
  find("notice").textContent = "";
  if (target.matches("[inputmode]")) session.follow();
  else session.ask();
});
find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  session.ask({ asked: true });
});
find("form").addEventListener("reset", () => setTimeout(() => session.ask())); // the values are back by then
find("link").addEventListener("click", ({ target }) => {
  copyText(new URL(writeLink(session.form.row, null), location.href).href, target);
});
find("glance").addEventListener("click", () => find("result").scrollIntoView());
new IntersectionObserver(([{ isIntersecting }]) => (find("glance").hidden = isIntersecting)).observe(find("answer"));
addEventListener("hashchange", followLink);
followLink();
