/** Where the model is described: by the function that config.json names, or by the model.json beside the page. */

import { Api, Problem, ask, findReport } from "./api.js";

const UNREADABLE = "config.json cannot be read: it has to hold the address of the API, or null for none. Then retry.";

/** Return { api, schema, card, document, report }: `api` is null where there is none, `document` a promise. */
export async function describe() {
  // The file beside the page is needed in every case: alone, as a copy, and here it is the function's own.
  const document = ask("model.json", ["version", "schema", "estimator"]);
  document.catch(() => {}); // told where it is needed
  const base = await readConfiguration();
  if (base === null) return describeAlone(document);
  const api = new Api(base);
  try {
    const [schema, card] = await Promise.all([api.schema(), api.model()]);
    const isSame = ({ version }) => version === card.version; // else it is the copy of another
    const own = document.then((copy) => (isSame(copy) ? copy : api.document()), () => api.document());
    return { api, schema, card, document: own, report: api.report() };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const alone = await describeAlone(document).catch(() => null);
    if (alone) return { ...alone, api };
    throw problem;
  }
}

/** Return the address of the API, null if there is none. */
async function readConfiguration() {
  const { api } = await ask("config.json", ["api"]).catch(() => ({}));
  if (api === null || typeof api === "string") return api;
  throw new Problem(UNREADABLE);
}

async function describeAlone(document) {
  const card = await document;
  return { api: null, schema: card.schema, card, document, report: findReport("report.html") };
}
