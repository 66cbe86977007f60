/** The page: draws the form, keeps the views and the address in step with it, and tells what goes wrong. */

import { Problem } from "./api.js";
import { showCard } from "./card.js";
import { describe } from "./description.js";
import { element } from "./dom.js";
import { NOT_KNOWN, choicesOf } from "./form.js";
import { readLink, writeLink } from "./link.js";
import { Session } from "./session.js";
import { Tabs } from "./tabs.js";
import { load } from "./view.js";

const REPLACED = "The model has been replaced, so its form was drawn anew.";
const CHANGING = "The function answers by one model and describes another: it is being changed. Retry in a moment.";
const SETTLED_MS = 500;
const EDGE_PX = 32;
const find = (id) => document.getElementById(id);
const page = { asks: keepAddress, tellProblem, findsReplaced, findsSame: () => (isRedrawn = false) };
const tabs = new Tabs(find("tabs"), showView);
const filled = new Set(); // views that are drawn for the model
let view = "row";
let found = null; // what the page is drawn from
let opening = null; // the newest attempt to find it
let session = null;
let typical = ""; // the row that the form begins with
let batch = null;
let again = null; // what Retry does
let isViewMissing = false;
let isRedrawn = false; // for another model, which has not answered yet
let settling; // the address

/** Read what the page is drawn from and draw it, with `row` or with what the form holds, as far as it fits. */
async function open({ row = null, before = null, notice = "" } = {}) {
  const mine = (opening = {});
  tellProblem("");
  find("loading").hidden = session !== null;
  try {
    const read = await describe();
    read.parts = await loadParts(read);
    if (mine !== opening) return;
    if (read.card.version === before) throw new Problem(CHANGING);
    draw(read, row, notice);
  } catch (error) {
    if (mine !== opening) return;
    if (!(error instanceof Problem)) throw error;
    tellProblem(error.message, () => open({ row, notice }));
  } finally {
    if (mine === opening) opening = null;
    find("loading").hidden = opening === null || session !== null;
  }
}

/** Return what only some models need of the page, as far as this one does. */
async function loadParts({ schema, card }) {
  const isTyped = !Object.values(schema.properties).every(choicesOf);
  const needed = [...(isTyped ? ["./entries.js"] : []), ...(card.task === "regression" ? ["./value.js"] : [])];
  return Object.assign({}, ...(await Promise.all(needed.map((module) => load(module)))));
}

function draw(read, row, notice) {
  const kept = session ? session.form.typed : row;
  const focused = session?.form.focused;
  session?.close();
  batch?.close();
  batch = null;
  filled.clear();
  found = read;
  session = new Session(found, page);
  typical = JSON.stringify(session.form.typed);
  showCard(found, take);
  fill(kept, notice);
  find("tabs").hidden = false;
  tabs.show(view);
  session.form.fields.get(focused)?.focus.focus();
  session.ask();
}

/** Put a row into the form, and tell what does not fit. */
function fill(row, notice = "") {
  const misfits = row ? session.form.fill(row) : [];
  const quoted = (value) => (typeof value === "string" ? `“${value}”` : JSON.stringify(value));
  const text = (value) => (value === null ? NOT_KNOWN : quoted(value));
  const names = misfits.map(({ name, value }) => `${name}: ${text(value)}`);
  const left = misfits.length ? `Not taken over, since this form has no such value: ${names.join("; ")}.` : "";
  find("notice").textContent = `${notice} ${left}`.trim();
}

function take(row) {
  fill(row);
  session.ask();
}

/** Draw the page anew for the model that answers now. */
function findsReplaced(before) {
  if (opening) return;
  if (isRedrawn) return tellProblem(CHANGING, () => open());
  isRedrawn = true;
  open({ before, notice: batch?.file ? `${REPLACED} Choose the file again.` : REPLACED });
}

async function showView(shown) {
  if (session && shown !== view) {
    writeAddress("replaceState");
    view = shown;
    writeAddress("pushState");
  }
  if (isViewMissing) tellProblem("");
  isViewMissing = false;
  try {
    if (session) await fillView(shown, session);
  } catch (error) {
    filled.delete(shown);
    if (!(error instanceof Problem)) throw error;
    isViewMissing = true;
    tellProblem(error.message, () => tabs.show(shown));
  }
}

/** Fill a view when it is first shown, with code that is only loaded then; the samples every time. */
async function fillView(shown, current) {
  const { api, schema, card, report } = found;
  const section = find(shown);
  if (shown === "api") {
    const { showSamples } = await load("./samples/samples.js", "samples/samples.css");
    return showSamples(section, api, current.errors.length ? null : current.form.row);
  }
  if (shown === "row" || filled.has(shown)) return;
  filled.add(shown);
  if (shown === "batch") {
    const { BatchView } = await load("./batch/batch.js", "batch/batch.css");
    const read = await current.document;
    if (current !== session) return;
    if (!read && !api) throw new Problem(current.why);
    batch = new BatchView(section, { schema, card, api, document: read });
  } else {
    const { showAbout } = await load("./about/about.js", "about/about.css");
    const show = (address) => current === session && showAbout(section, { ...card, schema }, address);
    show(null);
    report.then((address) => address && show(address));
  }
}

/** Let the address reproduce the row, soon: browsers take some time for it, and refuse it when it comes often. */
function keepAddress() {
  clearTimeout(settling);
  settling = setTimeout(writeAddress, SETTLED_MS, "replaceState");
}

function writeAddress(how) {
  clearTimeout(settling);
  const row = session.form.typed;
  const hash = writeLink(JSON.stringify(row) === typical ? null : row, view === "row" ? null : view);
  history[how](null, "", hash || location.pathname + location.search);
}

/** Say what is wrong and, where another try may help, offer it; an empty message takes the last one away. */
function tellProblem(message, retry = null) {
  const box = find("problem");
  again = retry === true ? () => session.ask({ asked: true }) : retry;
  const isSaid = box.firstChild?.textContent === message && Boolean(again) === Boolean(box.children[1]);
  if (isSaid) return; // or it would be read out at each pause in typing
  const onclick = () => {
    const act = again;
    box.focus(); // the button is about to go
    tellProblem("");
    act();
  };
  const button = again && element("button", { type: "button", textContent: "Retry", onclick });
  box.replaceChildren(...(message ? [element("p", {}, message)] : []), ...(button ? [button] : []));
}

function followLink() {
  const { row, view: named, isBroken } = readLink(location.hash);
  view = named ?? "row";
  const notice = isBroken ? "The link holds no row that can be read, so the typical row is shown." : "";
  if (!session) return open({ row, notice });
  session.form.fill(JSON.parse(typical));
  fill(row, notice);
  tabs.show(view);
  session.ask();
}

find("form").addEventListener("input", ({ target }) => {
  find("notice").textContent = "";
  if (target.matches("[inputmode], [type=date]")) session.follow();
  else session.ask();
});
find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  session.ask({ asked: true });
});
find("form").addEventListener("reset", () => setTimeout(() => take(JSON.parse(typical))));
find("link").addEventListener("click", async ({ target }) => {
  const { copyText } = await load("./copy.js");
  copyText(new URL(writeLink(session.form.typed, null), location.href).href, target);
});
find("glance").addEventListener("click", () => find("result").scrollIntoView());
new IntersectionObserver(([{ isIntersecting }]) => (find("glance").hidden = isIntersecting)).observe(find("answer"));
// A result that is higher than the window sticks by its lower edge, so that all of it can be read.
new ResizeObserver(([{ target }]) => {
  target.style.top = `${Math.min(EDGE_PX, innerHeight - target.offsetHeight - EDGE_PX)}px`;
}).observe(find("result"));
addEventListener("hashchange", followLink);
followLink();
