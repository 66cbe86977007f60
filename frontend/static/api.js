/** The function's API, and what goes wrong with it, in words. */

const TIMEOUT_S = 20;
const NEEDED = {
  schema: ["properties", "required"],
  model: ["version", "title", "task", "target", "caveats", "typical_row"],
  "model.json": ["version", "schema", "estimator"],
  predict: ["model_version"], // the rest depends on the model, which the version stands for
  "predict/batch": ["results", "model_version"],
};

/**
 * What went wrong, in words for the reader.
 *
 * `errors` are the fields that the function refused, `mayPass` says whether a retry can help, `version` is that of the
 * model that refused.
 */
export class Problem extends Error {
  constructor(message, { errors = [], status = 0, mayPass = false, version = null } = {}) {
    super(message);
    Object.assign(this, { errors, status, mayPass, version });
  }
}

/** The function at an address, which may be relative to the page's. */
export class Api {
  constructor(base) {
    this.base = new URL(base.endsWith("/") ? base : `${base}/`, location.href).href;
  }

  schema() {
    return this.#ask("schema");
  }

  model() {
    return this.#ask("model");
  }

  document() {
    return this.#ask("model.json");
  }

  predict(row, { explain = false, signal } = {}) {
    return this.#post("predict", row, explain ? "?explain=true" : "", signal);
  }

  batch(rows, { signal } = {}) {
    return this.#post("predict/batch", rows, "", signal);
  }

  report() {
    return findReport(this.base + "report");
  }

  async #post(path, value, query, signal) {
    const body = JSON.stringify(value);
    const headers = { "Content-Type": "application/json", ...(await hashed(body)) };
    return this.#ask(path, { method: "POST", headers, body, query, signal });
  }

  #ask(path, { query = "", ...options } = {}) {
    return ask(this.base + path + query, NEEDED[path], options);
  }
}

/** Return the address of a report, or null: what goes wrong is no reason to say more than that there is none. */
export async function findReport(address) {
  try {
    return (await fetch(address, { method: "HEAD" })).ok ? address : null;
  } catch {
    return null;
  }
}

/** Return the JSON object at an address, which has to have the members `needed`; or throw a Problem. */
export async function ask(address, needed, { signal, ...options } = {}) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException("late", "TimeoutError")), TIMEOUT_S * 1000);
  let response, body;
  try {
    const signals = [late.signal, ...(signal ? [signal] : [])];
    response = await fetch(address, { ...options, signal: AbortSignal.any(signals) });
    body = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const words =
      error.name === "TimeoutError"
        ? `The function did not answer within ${TIMEOUT_S} seconds. Try again in a moment.`
        : "The function cannot be reached. Check the connection and that it is running, then retry.";
    throw new Problem(words, { mayPass: true });
  } finally {
    clearTimeout(timer);
  }
  const answer = parse(body);
  const isUsable = response.ok && answer !== null && needed.every((name) => Object.hasOwn(answer, name));
  if (isUsable) return answer;
  throw new Problem(explain(response, answer), {
    errors: Array.isArray(answer?.errors) ? answer.errors : [],
    status: response.status,
    mayPass: response.ok || response.status === 429 || response.status >= 500,
    version: response.headers.get("X-Model-Version"),
  });
}

/** Return the header by which CloudFront signs what is posted to a function URL; browsers hash on https only. */
async function hashed(body) {
  if (!globalThis.crypto?.subtle) return {};
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
  return { "x-amz-content-sha256": hex.join("") };
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function explain({ ok, status }, answer) {
  const said = typeof answer?.detail === "string" ? ` It says: ${answer.detail}` : "";
  const askForHelp = "if it stays, tell whoever runs it.";
  if (ok) return "Something other than the function answered. Reload the page, or ask whoever runs it.";
  if (status === 422) return "The function cannot use this row." + said;
  if (status === 429) return "The function is busy. Wait a moment, then retry.";
  if (status >= 500) return `The function failed (${status}).${said} Retry in a moment; ${askForHelp}`;
  return `The function refused the request (${status}).${said} Reload the page; ${askForHelp}`;
}
