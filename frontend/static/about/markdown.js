/** Markdown, as much as prose needs: headings, paragraphs, lists, **bold** and `code`; all else is text. */

import { element } from "../dom.js";

const LINE = /^\s*(?:(#+)\s+|([-*+]|\d+\.)\s+)?(.*?)\s*$/;

/** Return the elements; headings are all of one level, below that of the page's own. */
export function markdown(source) {
  const blocks = [];
  let open; // the block that a further line belongs to
  for (const line of source.split("\n")) {
    const [, heading, bullet, text] = LINE.exec(line);
    if (open && text && !heading && !bullet) open.text += ` ${text}`;
    else if (text) blocks.push((open = { tag: heading ? "h3" : bullet ? "li" : "p", bullet, text }));
    if (!text || heading) open = undefined;
  }
  const made = [];
  for (const { tag, bullet, text } of blocks) {
    const block = element(tag, {}, ...text.split(/(\*\*.+?\*\*|`[^`]+`)/).map(mark));
    const list = /\d/.test(bullet) ? "ol" : "ul";
    if (!bullet) made.push(block);
    else if (made.at(-1)?.localName === list) made.at(-1).append(block);
    else made.push(element(list, {}, block));
  }
  return made;
}

function mark(part) {
  if (/^\*\*.+\*\*$/.test(part)) return element("strong", {}, part.slice(2, -2));
  return /^`.+`$/.test(part) ? element("code", {}, part.slice(1, -1)) : part;
}
