/** Where the model is described: by the function that config.json names, or by the model.json beside the page. */

import { Api, Problem, ask, findReport } from "./api.js";

/** Return { api, schema, card, document, report }: `api` is null where there is none, `document` where it is not read. */
export async function describe() {
  const base = await readConfiguration();
  if (base === null) return describeAlone();
  const api = new Api(base);
  try {
    const [schema, card] = await Promise.all([api.schema(), api.model()]);
    return { api, schema, card, document: null, report: api.report() };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const alone = await describeAlone().catch(() => null); // a site may hold a copy of the model
    if (alone) return { ...alone, api };
    throw problem;
  }
}

/** Return the address of the API, null if there is none. */
async function readConfiguration() {
  const { api } = await ask("config.json", ["api"]).catch(({ message }) => ({ api: undefined, message }));
  if (api === null || typeof api === "string") return api;
  throw new Problem("config.json cannot be read: it has to hold the address of the API, or null for none. Then retry.");
}

async function describeAlone() {
  const document = await ask("model.json", ["version", "schema", "estimator"]);
  return { api: null, schema: document.schema, card: document, document, report: findReport("report.html") };
}
