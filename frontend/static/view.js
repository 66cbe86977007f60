/** The code and the style of a view, loaded when it is first opened. */

import { Problem } from "./api.js";
import { element } from "./dom.js";

/** Return a module, once its style sheet applies, too; throw a Problem if they do not come. */
export async function load(module, style) {
  try {
    const [loaded] = await Promise.all([import(module), style && addStyle(style)]);
    return loaded;
  } catch {
    throw new Problem("This view cannot be loaded. Check the connection, then retry, or reload the page.");
  }
}

function addStyle(href) {
  return new Promise((resolve, reject) => {
    if (document.querySelector(`link[href="${href}"]`)) return resolve();
    const onerror = ({ target }) => {
      target.remove();
      reject();
    };
    document.head.append(element("link", { rel: "stylesheet", href, onload: resolve, onerror }));
  });
}
