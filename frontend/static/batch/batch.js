/** The batch: a file of rows, scored in a worker; its first rows, its problems, and the file with its predictions. */

import { numbers, percentages } from "../chance.js";
import { missingText } from "./cells.js";
import { whatIn } from "./contents.js";
import { writeRecord } from "./csv.js";
import { element } from "../dom.js";
import { propertiesOf } from "../form.js";

const MOST_OPEN = 8; // columns that are told without being asked
const LOST = "What scores a file could not be loaded. Check the connection, then choose the file again.";
const counted = (number) => number.toLocaleString("en");

export class BatchView {
  #worker;
  #closed = new AbortController();

  /** Fill a section; rows are scored with the `document` of model.json or, where that is null, by the Api. */
  constructor(section, { schema, card, api, document }) {
    Object.assign(this, { section, card, task: { schema, card, document, base: api?.base } });
    this.zone = drawZone((files) => this.#take(files), document);
    this.alert = element("div", { role: "alert", className: "alert" });
    this.status = element("p", { role: "status", tabIndex: -1 });
    this.bar = element("progress", { ariaLabel: "Share of the file that is scored" });
    this.count = element("span", { className: "hint" });
    this.progress = element("p", { className: "progress" }, this.bar, this.count, button("Cancel", () => this.#stop()));
    this.download = button("Download with predictions", () => save(this.result, this.file.name));
    this.others = element("p", { className: "hint" });
    this.faults = element("ul");
    this.more = element("p", { className: "hint" });
    this.problems = element("div", {}, element("h2", {}, "Problems"), this.faults, this.more);
    this.table = element("div");
    const result = [this.alert, this.status, this.progress, this.download, this.others, this.problems, this.table];
    section.classList.add("batch");
    const head = [element("h2", {}, "Predict a file of rows"), this.zone, drawExample(schema, card)];
    section.replaceChildren(...head, ...result, drawColumns(schema));
    this.#clear();
    this.#stop();
    for (const type of ["dragover", "dragleave", "drop"]) {
      addEventListener(type, (event) => this.#drag(event), { signal: this.#closed.signal });
    }
  }

  /** Stop what runs and let go of the page. */
  close() {
    this.#worker?.terminate();
    this.#closed.abort();
    this.section.replaceChildren();
  }

  /** Take a file that is dropped anywhere: a browser would leave the page for it. */
  #drag(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.zone.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop" && this.section.checkVisibility()) this.#take(event.dataTransfer.files);
  }

  #clear() {
    Object.assign(this, { result: new Blob(), rows: 0, bad: 0 });
    for (const part of [this.alert, this.others, this.faults, this.table, this.count]) part.replaceChildren();
    this.bar.value = 0;
    this.problems.hidden = true;
  }

  #take(files) {
    if (files.length === 0) return;
    this.#worker?.terminate();
    this.#clear();
    if (files.length > 1) return this.#stop(`These are ${files.length} files. Choose one; the next can follow it.`);
    this.file = files[0];
    this.startedAt = performance.now();
    const worker = (this.#worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" }));
    worker.onmessage = ({ data }) => worker === this.#worker && this.#show(data);
    worker.onerror = () => this.#stop(LOST);
    this.#run({ ...this.task, file: this.file });
  }

  #run(message) {
    this.alert.replaceChildren();
    this.status.textContent = `Scoring ${this.file.name}…`;
    this.progress.hidden = false;
    this.download.hidden = true;
    this.#worker.postMessage(message);
  }

  /** Show what a report of the worker adds. */
  #show({ rows, bad, share, header, others, first, problems, piece, problem, items, isDone }) {
    Object.assign(this, { rows, bad, result: new Blob([this.result, piece]) });
    this.bar.value = share;
    this.count.textContent = `${counted(rows)} rows, ${Math.floor(share * 100)} % of the file`;
    if (others?.length) this.others.textContent = `Not used, but kept in the download: ${others.join(", ")}.`;
    if (first.length > 0) this.table.replaceChildren(drawRows(this.card, header, first));
    this.faults.append(...problems.map(({ line, problem }) => element("li", {}, `Line ${counted(line)}: ${problem}`)));
    this.problems.hidden = bad === 0;
    const untold = bad - this.faults.children.length;
    this.more.textContent = untold ? `And ${counted(untold)} more, see the column “problem” of the download.` : "";
    if (isDone) this.#stop(problem, items, problem ? "Stopped: " : "");
    else if (problem) this.#pause(problem);
  }

  #pause(problem) {
    this.#sum(problem, [], "So far: ");
    const goOn = () => {
      this.status.focus(); // the button is about to go
      this.#run("go on");
    };
    this.alert.append(button("Go on", goOn));
  }

  #stop(problem, items, before = "Stopped: ") {
    this.#worker?.terminate();
    this.#worker = null; // what it has sent already comes too late
    if (this.progress.contains(document.activeElement)) this.status.focus();
    this.progress.hidden = true;
    this.#sum(problem, items, before);
  }

  /** Say what is wrong, and what there is so far. */
  #sum(problem, items = [], before) {
    const { rows, bad } = this;
    const list = element("ul", {}, ...items.map((item) => element("li", {}, item)));
    this.alert.replaceChildren(...(problem ? [element("p", {}, problem), list] : []));
    const seconds = ((performance.now() - this.startedAt) / 1000).toFixed(1);
    const found = bad ? `${counted(rows - bad)} scored, ${counted(bad)} with a problem` : "all scored";
    const sum = `${before}${counted(rows)} ${rows === 1 ? "row" : "rows"} in ${seconds} seconds, ${found}.`;
    this.status.textContent = rows ? sum : "";
    this.download.hidden = rows === 0;
    this.download.textContent = `Download with ${bad < rows ? "predictions" : "problems"}`;
  }
}

const button = (text, onclick) => element("button", { type: "button", textContent: text, onclick });

function drawZone(take, isAlone) {
  const input = element("input", { type: "file", id: "batch-file", accept: ".csv,.tsv,.txt,text/csv" });
  input.onclick = () => (input.value = ""); // so that the same file can be chosen again
  input.onchange = () => take(input.files);
  const where = isAlone
    ? "Scored in this page; the file does not leave your computer."
    : "Scored by the function: of each row, the columns below are sent to it.";
  const label = element("label", { htmlFor: input.id }, "Choose a CSV file, or drop one here");
  return element("div", { className: "drop" }, label, element("p", { className: "hint" }, where), input);
}

function drawExample(schema, { name, typical_row: typical }) {
  const names = propertiesOf(schema).map(([field]) => field);
  const rows = [typical, ...(schema["x-examples"] ?? []).map(({ row }) => row)];
  const missing = missingText(schema);
  const records = [names, ...rows.map((row) => names.map((field) => row[field] ?? missing))];
  const text = records.map((cells) => `${writeRecord(cells, ",")}\r\n`);
  const href = URL.createObjectURL(new Blob(text, { type: "text/csv" }));
  return element("p", {}, element("a", { href, download: `${name}-example.csv` }, "Download an example file"));
}

function drawColumns(schema) {
  const columns = propertiesOf(schema);
  const items = columns.map(([name, property]) => {
    const left = schema.required.includes(name) ? "" : " (can be left out)";
    return element("li", {}, element("strong", {}, name), `: ${whatIn(property)}${left}`);
  });
  const texts = (schema["x-missing"] ?? []).map((text) => (text ? `“${text}”` : "nothing"));
  const missing = texts.length ? [element("p", {}, `A cell is missing if it holds ${texts.join(" or ")}.`)] : [];
  const summary = element("summary", {}, `The ${columns.length} columns that are needed, in any order`);
  return element("details", { open: columns.length <= MOST_OPEN }, summary, element("ul", {}, ...items), ...missing);
}

/** Draw rows with their predictions beside their lines. */
function drawRows({ task, target }, header, rows) {
  const [heads, cellsOf] = {
    regression: [[target.name], ({ value, typical_error: error }) => [numbers(error)(value)]],
    binary: [[`Probability of ${target.labels?.[1]}`, "Likelier class"], (answer) => [chanceOf(answer), answer.label]],
    multiclass: [["Likeliest class", "Its probability"], (answer) => [answer.label, chanceOf(answer)]],
  }[task];
  const none = heads.map((_, at) => (at ? "" : "none, see above"));
  const draw = (tag, cells) => element("tr", {}, ...cells.map((cell) => element(tag, {}, cell)));
  const name = "The first rows";
  const head = element("thead", {}, draw("th", ["Line", ...heads, ...header]));
  const lines = rows.map(({ line, outcome, cells }) =>
    draw("td", [counted(line), ...(outcome ? cellsOf(outcome) : none), ...cells]),
  );
  const table = element("table", {}, element("caption", {}, name), head, element("tbody", {}, ...lines));
  return element("div", { className: "scroll", role: "region", tabIndex: 0, ariaLabel: name }, table);
}

const chanceOf = ({ probability }) => percentages(probability)(probability);

/** Have the browser save a result. */
function save(result, name) {
  const href = URL.createObjectURL(result);
  element("a", { href, download: `${name.replace(/\.[^.]*$/, "")}-predictions.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
