/** Requests to paste, that ask for the prediction of a row: for a terminal, for Python and for a browser's console. */

import { copyText } from "../copy.js";
import { element } from "../dom.js";

/** Return [name, source] of each request to the function at `url`. */
export function samplesOf(url, row) {
  const body = JSON.stringify(row);
  const pretty = JSON.stringify(row, null, 2);
  const literal = pretty.replace(/(?<!\\)"__proto__":/g, '["__proto__"]:'); // which would not be a field of its own
  return [
    ["curl", `curl --request POST ${quoted(url)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(body)}`],
    [
      "Python",
      `import json
import urllib.request

row = json.loads(r"""${pretty}""")
request = urllib.request.Request(
    ${JSON.stringify(url)}, json.dumps(row).encode(), {"Content-Type": "application/json"}
)
with urllib.request.urlopen(request) as response:
    print(json.load(response))`,
    ],
    [
      "JavaScript",
      `const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(${literal.replaceAll("\n", "\n  ")}),
});
console.log(await response.json());`,
    ],
  ];
}

/** Return a word of a shell's command. */
const quoted = (text) => `'${text.replaceAll("'", `'"'"'`)}'`;

/** Fill `section` with the requests for a row, null for one that cannot be sent, each with a button that copies it. */
export function showSamples(section, api, row) {
  const heading = element("h2", {}, "Use this API");
  if (!api) {
    const words = "This page works alone: it holds the model and asks no function. To have an API, serve the function.";
    return section.replaceChildren(heading, element("p", {}, words));
  }
  if (!row) {
    const words = "The form holds what the function would refuse, so there is no request to show.";
    return section.replaceChildren(heading, element("p", {}, words));
  }
  const samples = samplesOf(`${api.base}predict`, row).map(([name, source]) => {
    const button = element("button", { type: "button", onclick: () => copyText(source, button) }, `Copy ${name}`);
    const code = element("pre", { tabIndex: 0, ariaLabel: name, role: "region" }, element("code", {}, source));
    return element("section", {}, element("div", { className: "bar-of" }, element("h3", {}, name), button), code);
  });
  const words = "Each of these asks for the prediction of the row that the form holds now.";
  section.replaceChildren(heading, element("p", { className: "hint" }, words), ...samples);
}
