/** The text of a file, read in pieces; what is no text in UTF-8 is refused with the cure. */

import { FileError } from "./csv.js";

const SAVE_AS = "Save it as “CSV UTF-8” in the program that it is from, then choose that file.";
const PIECE_BYTES = 2 ** 17;
const KINDS = [
  [/^PK|^\xd0\xcf|^\x1f\x8b/, "an Excel workbook, or packed"],
  [/^%PDF/, "a PDF"],
  [/^\xff\xfe|^\xfe\xff|\0/, "text in UTF-16"],
];

/** Return the byte order mark that a file begins with, if it does; a FileError tells what is no CSV. */
export async function readMark(file) {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, 4).arrayBuffer()));
  const kind = KINDS.find(([start]) => start.test(head));
  if (kind) throw new FileError(`The file is ${kind[1]}, and no CSV. ${SAVE_AS}`);
  return head.startsWith("\xef\xbb\xbf") ? "\ufeff" : "";
}

/** Yield the text in pieces, without that mark: { text, bytes, isLast }, where `bytes` are those read so far. */
export async function* readTexts(file, findLine) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let bytes = 0, isLast = false; !isLast; ) {
    const piece = await file.slice(bytes, bytes + PIECE_BYTES).arrayBuffer();
    isLast = bytes + PIECE_BYTES >= file.size;
    let text;
    try {
      text = decoder.decode(piece, { stream: !isLast });
    } catch {
      const [readable] = new TextDecoder().decode(piece).split("\ufffd");
      yield { text: readable, bytes, isLast: false };
      throw new FileError(`The file is not in UTF-8 from line ${findLine()} on. ${SAVE_AS}`);
    }
    bytes += piece.byteLength;
    yield { text, bytes, isLast };
  }
}
