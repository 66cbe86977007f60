/** A session: the form of one model, and the answers to its row, from the function and from this page. */

import { Problem } from "./api.js";
import { drawExplanation } from "./explanation.js";
import { RowForm } from "./form.js";
import { MOST_EXACT } from "./twin/contributions.js";
import { Model, PredictionError } from "./twin/model.js";
import { Result } from "./result.js";
import { checkRow } from "./twin/row.js";
import { load } from "./view.js";
import { WhatIf } from "./whatif.js";

const TYPING_PAUSE_MS = 300;
const SLOW_MS = 3_000;
const FRAME_MS = 8; // of scoring, before the page may draw and listen again
const ONLY_THERE = "Only the function can compute this model, what-if and files of rows included.";
const NO_FUNCTION = "This model needs its function, and this page has none: write its address into config.json.";
const find = (id) => document.getElementById(id);

export class Session {
  #newest = new AbortController();
  #pause;
  #twin = null;
  why; // there is no twin, in words

  /** Draw the form; `page` is told what concerns more than the form. */
  constructor({ api, schema, card, document, parts }, page) {
    Object.assign(this, { api, schema, card, page });
    this.form = new RowForm(find("fields"), schema, parts);
    this.result = new Result(find("result"), card, parts);
    this.whatIf = new WhatIf(find("variants"), { schema, card }, (name, value) => {
      this.form.fill({ [name]: value });
      this.ask();
    });
    this.document = this.#findTwin(document); // null where it is not to be had, for the reason `why`
  }

  /** What is wrong with the row in the form, as far as this page can tell. */
  get errors() {
    return this.form.errors.length ? this.form.errors : checkRow(this.form.row, this.schema);
  }

  /** Stop: what is still asked for is not shown. */
  close() {
    clearTimeout(this.#pause);
    this.#newest.abort();
  }

  /** Answer the row as it is now, which somebody is typing: the function is asked after a pause. */
  follow() {
    this.close();
    this.#newest = new AbortController();
    this.result.busy = true;
    this.#showAlone(this.form.row);
    this.#pause = setTimeout(() => this.ask(), TYPING_PAUSE_MS);
  }

  /** Answer the row now. If it was `asked` for, go to the answer or to the first field that is refused. */
  async ask({ asked = false } = {}) {
    this.close();
    const { signal } = (this.#newest = new AbortController());
    const { row } = this.form;
    this.result.busy = true;
    this.page.asks();
    const first = await this.#answer(row, signal);
    if (signal.aborted) return;
    this.result.busy = false;
    if (!asked) return;
    if (first) first.focus.focus();
    else find("answer").scrollIntoView({ block: "nearest" });
  }

  /** Return the first field that is refused, if there is one. */
  async #answer(row, signal) {
    const errors = this.#twin ? this.errors : this.form.errors;
    if (errors.length) return this.#refuse(new Problem("The row cannot be used.", { errors }));
    this.form.clearErrors();
    if (!this.api) await this.document;
    if (signal.aborted) return undefined;
    const own = this.#showAlone(row);
    if (this.api) return this.#askFunction(row, own, signal);
    if (own.error) return this.#refuse(new Problem(own.error));
    this.page.tellProblem("");
    this.#tellSource("Computed in this page; no function is asked.");
  }

  async #askFunction(row, own, signal) {
    if (!own.answer) this.#tellSource("The function is being asked.");
    const slow = setTimeout(() => this.#tellSource("The function has not answered yet; it may be starting."), SLOW_MS);
    try {
      const answer = await this.api.predict(row, { explain: !own.explanation?.exact, signal });
      clearTimeout(slow);
      if (answer.model_version !== this.card.version) return this.#findReplaced();
      this.page.tellProblem("");
      this.#show(answer, answer.explanation ?? own.explanation, row);
      this.page.findsSame();
      if (!own.answer) {
        await this.document; // which may still be on its way, at first
        if (signal.aborted) return;
        own = this.#compute(row);
        this.#drawWhatIf(row, answer, signal);
      }
      this.#compare(own, answer);
    } catch (error) {
      clearTimeout(slow);
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      if (error.version && error.version !== this.card.version) return this.#findReplaced();
      if (!own.answer) {
        await this.document;
        if (signal.aborted) return;
        own = error.mayPass ? this.#showAlone(row) : own;
      }
      if (!own.answer || !error.mayPass) return this.#refuse(error);
      this.#tellSource("Computed in this page: the function gave no answer.");
      this.page.tellProblem(`${error.message} Until then, answers are computed in this page, by the same model.`, true);
    }
  }

  #findReplaced() {
    this.#tellSource(this.result.isComputed ? "Computed in this page, by the model that was there before." : "");
    this.page.findsReplaced(this.card.version);
  }

  /** Show what this page computes, if it can, and return it. */
  #showAlone(row) {
    const own = this.#compute(row);
    if (own.answer) {
      const isQuick = !this.api || Object.keys(row).length <= MOST_EXACT;
      if (isQuick) own.explanation = this.#twin.explain(row);
      this.#show(own.answer, own.explanation, row);
      this.#drawWhatIf(row, own.answer, this.#newest.signal);
      if (this.api) this.#tellSource("Computed in this page; the function is being asked.");
    }
    this.result.isComputed = Boolean(own.answer);
    return own;
  }

  /** Return what the model says in this page: { answer }, or { error } in words, or {} for a bad row. */
  #compute(row) {
    if (!this.#twin) return { error: this.why };
    if (checkRow(row, this.schema).length) return {};
    try {
      return { answer: this.#twin.predict(row) };
    } catch (error) {
      if (error instanceof PredictionError) return { error: `The row cannot be used: ${error.message}.` };
      throw error;
    }
  }

  #show(answer, explanation, row) {
    this.result.show(answer);
    find("reasons").hidden = !explanation;
    find("glance").textContent = find("answer").firstChild.textContent;
    if (explanation) drawExplanation(find("contributions"), explanation, row, this.schema, answer.typical_error);
  }

  #compare(own, answer) {
    if (!own.answer) return this.#tellSource(`Answered by the function. ${this.why ?? ""}`.trim());
    if (this.#twin.agrees(own.answer, answer)) {
      return this.#tellSource("Answered by the function; this page computes the same.");
    }
    const [theirs, mine] = [answer, own.answer].map(({ value, probability }) => value ?? probability);
    const words = `The function answers ${theirs}, but this page computes ${mine}, from the same model.`;
    this.#tellSource(`${words} Trust neither, and tell whoever runs it.`, true);
  }

  #tellSource(words, isBad = false) {
    find("source").textContent = words;
    find("source").classList.toggle("bad", isBad);
  }

  /** Show a problem, beside the fields where it can be. Return the first such field. */
  #refuse(problem) {
    this.result.clear();
    this.#tellSource("");
    find("glance").textContent = "";
    find("reasons").hidden = find("variants").hidden = true;
    const { first, others } = this.form.showErrors(problem.errors);
    const isMarked = first && others.length === 0;
    const words = [problem.message, ...others.map(({ detail }) => detail)].join(" ");
    this.page.tellProblem(isMarked ? "No prediction for this row: see what is marked in the form." : words, !isMarked);
    return first;
  }

  /** Draw what other values would make of the prediction. */
  async #drawWhatIf(row, answer, signal) {
    try {
      await this.whatIf.draw(row, answer, (rows) => this.#answerAll(rows, signal), signal);
    } catch (problem) {
      if (signal.aborted) return;
      if (!(problem instanceof Problem)) throw problem;
      find("variants").hidden = true;
      if (problem.version && problem.version !== this.card.version) return this.#findReplaced();
      this.page.tellProblem(problem.message, true);
    }
  }

  /** Return an answer for each row, undefined where there is none: from this page, or else from the function. */
  async #answerAll(rows, signal) {
    if (!this.#twin) {
      const options = { limits: this.schema["x-limits"], version: this.card.version, signal };
      const { answerInParts } = await load("./batch/parts.js");
      const results = await answerInParts(this.api, rows, options);
      return results.map((result) => (result.problem ? undefined : result));
    }
    const answers = [];
    let start = performance.now();
    for (const row of rows) {
      answers.push(this.#compute(row).answer);
      if (performance.now() - start > FRAME_MS) {
        await new Promise(requestAnimationFrame);
        if (signal.aborted) return [];
        start = performance.now();
      }
    }
    return answers;
  }

  /** Take the model into this page, if it is to be had. */
  async #findTwin(promised) {
    try {
      const document = await promised;
      if (document.version !== this.card.version) return null;
      if (document.estimator.model.type === "pickle") {
        this.why = this.api ? ONLY_THERE : NO_FUNCTION;
        return null;
      }
      this.#twin = await Model.load(document);
      return document;
    } catch (error) {
      this.why = `This page cannot compute the model: ${error.message}`;
      return null;
    }
  }
}
