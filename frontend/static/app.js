/** The page: draws the form, asks for a prediction whenever the row changes, and shows answers and problems. */

import { Problem, getModel, getSchema, hasReport, predict } from "./api.js";
import { element } from "./dom.js";
import { RowForm } from "./form.js";
import { Result } from "./result.js";

const TYPING_PAUSE_MS = 300;
const REPLACED = "The model has been replaced since this page was loaded. Reload the page for its form.";
const find = (id) => document.getElementById(id);

async function start() {
  showProblem("");
  find("loading").hidden = false;
  try {
    const [schema, model] = await Promise.all([getSchema(), getModel()]);
    showModel(model);
    run(new RowForm(find("fields"), schema), new Result(find("result"), model), model);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    showProblem(error.message, start);
  } finally {
    find("loading").hidden = true;
  }
}

function showModel({ title, task, target, provenance, caveats, version }) {
  document.title = find("title").textContent = title;
  find("purpose").textContent =
    questionOf(task, target) +
    `A prediction of ${target.name}, learned from ${provenance.data.rows.toLocaleString("en")} rows.`;
  find("caveats").replaceChildren(...caveats.map((caveat) => element("li", {}, caveat)));
  find("limits").hidden = caveats.length === 0;
  find("version").textContent = `Model ${version}`;
  find("form").hidden = find("result-heading").hidden = false;
}

function questionOf(task, { labels }) {
  if (task === "regression") return "";
  if (task === "binary") return `How likely is “${labels[1]}” rather than “${labels[0]}”? `;
  return `Which is it: ${labels.map((label) => `“${label}”`).join(", ")}? `;
}

/** Predict the row now and after every change; only the answer to the newest row is shown. */
function run(form, result, model) {
  let newest = new AbortController();
  let pause;

  async function ask({ asked = false } = {}) {
    clearTimeout(pause);
    newest.abort();
    const { signal } = (newest = new AbortController());
    result.busy = true;
    let bad;
    try {
      const answer = await predict(form.row, signal);
      if (signal.aborted) return;
      form.clearErrors();
      if (answer.model_version === model.version) {
        result.show(answer);
        showProblem("");
      } else {
        result.clear(); // its labels are those of the model before
        showProblem(REPLACED);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      result.clear();
      bad = refuse(error);
    }
    result.busy = false;
    if (!asked) return;
    if (bad) bad.focus.focus();
    else find("answer").scrollIntoView({ block: "nearest" });
  }

  /** Show a problem, beside the fields where it can be. Return the first such field. */
  function refuse(problem) {
    const { first, others } = form.showErrors(problem.errors);
    if (first && others.length === 0) {
      showProblem("No prediction for this row: see what is marked in the form.");
    } else {
      showProblem([problem.message, ...others.map(({ detail }) => detail)].join(" "), () => ask({ asked: true }));
    }
    return first;
  }

  find("form").addEventListener("input", ({ target }) => {
    clearTimeout(pause);
    newest.abort();
    result.busy = true;
    pause = setTimeout(ask, target.type === "number" ? TYPING_PAUSE_MS : 0);
  });
  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    ask({ asked: true });
  });
  find("form").addEventListener("reset", () => setTimeout(ask)); // the values are back once the event is over
  ask();
}

/** Say what is wrong and, where another try may help, offer it; an empty message takes the last one away. */
function showProblem(message, retry) {
  const again = () => {
    find("result").focus(); // the button is about to go
    retry();
  };
  const button = retry && element("button", { type: "button", textContent: "Retry", onclick: again });
  find("problem").replaceChildren(...(message ? [element("p", {}, message)] : []), ...(button ? [button] : []));
}

start();
hasReport().then((isThere) => (find("report").hidden = !isThere));
