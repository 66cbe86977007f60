/** The worker: scores a file piece by piece, so that the page stays quick, and reports a few times a second. */

import { Api } from "../api.js";
import { Columns } from "./columns.js";
import { CsvReader, FileError, writeRecord } from "./csv.js";
import { OutcomeWriter } from "./outcome.js";
import { scoreHere, scoreThere } from "./scoring.js";
import { readMark, readTexts } from "./texts.js";

const ROWS_AT_ONCE = 2_000;
const REPORT_EVERY_MS = 100;
const MOST = { rows: 10, problems: 20, faults: 3, cells: 100, characters: 200 }; // that are shown

let goOn;

onmessage = async ({ data }) => {
  if (data === "go on") return goOn();
  const end = { isDone: true };
  const batch = new Batch(data);
  try {
    await batch.score(data);
  } catch (error) {
    Object.assign(end, { problem: wordsOf(error), items: error.items });
  }
  batch.report(end);
};

/** What is scored of a file so far; a report tells what is new since the last. */
class Batch {
  rows = 0;
  bad = 0;
  share = 0;
  #reportedAt = -Infinity;

  constructor({ schema, card }) {
    Object.assign(this, { schema, card, news: { text: "", first: [], problems: [] } });
  }

  async score({ file, document, base }) {
    const pause = (problem) => {
      this.report({ problem: problem.message });
      return new Promise((resolve) => (goOn = resolve));
    };
    const { schema, card } = this;
    this.predict = document ? await scoreHere(document) : scoreThere(new Api(base), schema["x-limits"], card.version, pause);
    const mark = await readMark(file);
    const reader = new CsvReader(Object.keys(this.schema.properties));
    let records = [];
    const flush = () => this.#add(records.splice(0));
    try {
      for await (const { text, bytes, isLast } of readTexts(file, () => reader.line)) {
        for (const record of reader.read(text, isLast)) {
          if (!this.columns) this.#begin(record, reader.separator, mark);
          else if (records.push(record) === ROWS_AT_ONCE) await flush();
        }
        this.share = bytes / file.size || 0;
      }
    } finally {
      if (records.length > 0) await flush(); // what comes before a fault is scored
    }
    if (!this.columns) throw new FileError("The file is empty. Its first line has to name the columns.");
    if (!this.rows) throw new FileError("The file has no rows after its first line, which names the columns.");
  }

  #begin({ cells, raw }, separator, mark) {
    this.columns = new Columns(cells, this.schema);
    this.writer = new OutcomeWriter(this.schema, this.card, cells, separator);
    this.news.text = mark + raw + this.writer.header;
  }

  async #add(records) {
    const rows = records.map(({ cells }) => this.columns.read(cells));
    const outcomes = await this.predict(rows.filter(Boolean));
    records.forEach((record, at) => this.#write(record, rows[at] && outcomes.shift()));
    if (performance.now() - this.#reportedAt >= REPORT_EVERY_MS) this.report();
  }

  /** Write a row with its outcome; one with too few or too many cells has none. */
  #write({ line, cells, raw }, outcome) {
    const { news, writer, columns } = this;
    const found = outcome?.problem;
    const problem = outcome ? found && writer.sentence(found) : uneven(cells, columns.header);
    news.text += outcome ? raw : writeRecord(columns.header.map((_, at) => cells[at] ?? ""), writer.separator);
    news.text += problem ? writer.problem(problem) : writer.prediction(outcome);
    if (this.rows++ < MOST.rows) news.first.push({ line, cells: shown(cells), outcome: problem ? null : outcome });
    if (problem && this.bad++ < MOST.problems) {
      news.problems.push({ line, problem: found ? writer.sentence(found, MOST.faults) : problem });
    }
  }

  report(more) {
    const { rows, bad, share, columns, news } = this;
    const { text, ...others } = news;
    const named = (name) => name || "a column without a name";
    const names = columns && { header: shown(columns.header), others: shown(columns.others).map(named) };
    postMessage({ rows, bad, share, ...names, ...others, piece: new Blob([text]), ...more });
    this.news = { text: "", first: [], problems: [] };
    this.#reportedAt = performance.now();
  }
}

const shown = (cells) => cells.slice(0, MOST.cells).map((cell) => cell.slice(0, MOST.characters));

function uneven(cells, { length }) {
  const rest = cells.slice(length).map((cell) => `“${cell}”`);
  const lost = rest.length > 0 ? ` Left out here: ${rest.join(", ")}.` : "";
  return `The row has ${cells.length} cells, the first line has ${length}.${lost}`;
}

function wordsOf(error) {
  if (error instanceof FileError) return error.message;
  if (error instanceof DOMException) return "The file cannot be read: it is a folder, or has changed. Choose it again.";
  return `The file cannot be scored: ${error.message}. Reload the page; if it stays, tell whoever runs it.`;
}
