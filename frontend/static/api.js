/** The function's API. Addresses are relative, so that the page works behind any prefix. */

const TIMEOUT_S = 20;

/** What went wrong, in words for the reader; `errors` are the fields that the function refused. */
export class Problem extends Error {
  constructor(message, errors = []) {
    super(message);
    this.errors = errors;
  }
}

export const getSchema = () => ask("schema");
export const getModel = () => ask("model");

/** Whether there is a report to link; what goes wrong here is no reason to say more than that there is none. */
export async function hasReport() {
  try {
    return (await fetch("report", { method: "HEAD", signal: AbortSignal.timeout(TIMEOUT_S * 1000) })).ok;
  } catch {
    return false;
  }
}

export function predict(row, signal) {
  const headers = { "Content-Type": "application/json" };
  return ask("predict", { method: "POST", headers, body: JSON.stringify(row), signal });
}

async function ask(address, { signal, ...options } = {}) {
  const timeout = AbortSignal.timeout(TIMEOUT_S * 1000);
  let response, body;
  try {
    response = await fetch(address, { ...options, signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    body = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error.name === "TimeoutError") {
      throw new Problem(`The function did not answer within ${TIMEOUT_S} seconds. Try again in a moment.`);
    }
    throw new Problem("The function cannot be reached. Check the connection and that it is running, then retry.");
  }
  const answer = parse(body);
  if (response.ok && answer) return answer;
  throw new Problem(explain(response, answer), Array.isArray(answer?.errors) ? answer.errors : []);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function explain({ ok, status }, answer) {
  const said = answer?.detail ? ` It says: ${answer.detail}` : "";
  const askForHelp = "if it stays, tell whoever runs it.";
  if (ok) return "Something other than the function answered. Reload the page, or ask whoever runs it.";
  if (status === 422) return "The function cannot use this row." + said;
  if (status === 429) return "The function is busy. Wait a moment, then retry.";
  if (status >= 500) return `The function failed (${status}).${said} Retry in a moment; ${askForHelp}`;
  return `The function refused the request (${status}).${said} Reload the page; ${askForHelp}`;
}
