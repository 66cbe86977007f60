/** CSV (RFC 4180): read from pieces of text, so that a file of any size fits, and written record by record. */

const SEPARATORS = [",", ";", "\t", "|"];
const ENDS = Object.fromEntries(SEPARATORS.map((separator) => [separator, RegExp(`[\\r\\n${separator}]|$`, "g")]));
const LONGEST_RECORD = 1_000_000; // characters; a quote left open would take in the rest of the file

/** A file that cannot be used: the message says why and what to do, `items` what it is about. */
export class FileError extends Error {
  constructor(message, items = []) {
    super(message);
    this.items = items;
  }
}

/** Reads records; the separator is the one by which the first has the most of `names`, and then the most cells. */
export class CsvReader {
  line = 1; // in which what is not read yet begins
  #rest = "";

  constructor(names) {
    this.names = names;
  }

  /** Yield the records that end in `piece`, without blank lines: { line, cells, raw }. */
  *read(piece, isLast) {
    const text = this.#rest + piece;
    let start = 0;
    while (start < text.length) {
      const separator = this.separator ?? this.#findSeparator(text.slice(start), isLast);
      const record = separator && readRecord(text, start, separator, isLast);
      if (!record) break;
      const { cells, end, next, lines, fault } = record;
      if (fault) this.#refuse(fault, lines);
      if (end > start) {
        this.separator = separator;
        yield { line: this.line, cells, raw: text.slice(start, end) };
      }
      this.line += lines;
      start = next;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length <= LONGEST_RECORD) return;
    if (this.#rest.includes('"')) this.#refuse("is not closed in a million characters");
    throw new FileError(`The file cannot be read from line ${this.line} on: it has over a million characters.`);
  }

  #findSeparator(text, isLast) {
    const records = SEPARATORS.map((separator) => readRecord(text, 0, separator, isLast));
    if (records.includes(null)) return null;
    const known = (cells) => cells.filter((cell) => this.names.includes(cell)).length;
    const likeness = records.map(({ cells = [] }) => known(cells) * LONGEST_RECORD + cells.length);
    return SEPARATORS[likeness.indexOf(Math.max(...likeness))];
  }

  #refuse(fault, lines = 1) {
    const cure = 'A quote in a quoted cell has to be doubled: "a ""b"" c".';
    throw new FileError(`The file cannot be read from line ${this.line + lines - 1} on: a quote ${fault}. ${cure}`);
  }
}

/** Return the record at `start`, its end, where the next begins and its lines, or its fault; null if it is cut off. */
function readRecord(text, start, separator, isLast) {
  const ends = ENDS[separator];
  const cells = [];
  let lines = 1;
  for (let at = start; ; at++) {
    const from = at;
    if (text[at] === '"') {
      do at = text.indexOf('"', at + 1);
      while (at >= 0 && text[at + 1] === '"' && ++at);
      if (!isLast && (at < 0 || at + 1 === text.length)) return null;
      if (at < 0) return { fault: "is never closed", lines };
      const cell = text.slice(from + 1, at).replaceAll('""', '"');
      lines += cell.match(/\r\n?|\n/g)?.length ?? 0;
      cells.push(cell);
      ends.lastIndex = ++at;
      if (ends.exec(text).index !== at) return { fault: "is closed before its cell ends", lines };
    } else {
      ends.lastIndex = at;
      at = ends.exec(text).index;
      cells.push(text.slice(from, at));
    }
    if (text[at] === separator) continue;
    if (!isLast && at + 1 >= text.length && text[at] !== "\n") return null;
    return { cells, end: at, next: at + (text.startsWith("\r\n", at) ? 2 : 1), lines };
  }
}

/** Return the text of a record, without its line's end. */
export function writeRecord(cells, separator) {
  const quoted = (cell) => (/["\r\n,;\t|]/.test(cell) ? `"${String(cell).replaceAll('"', '""')}"` : cell);
  return cells.map(quoted).join(separator);
}
