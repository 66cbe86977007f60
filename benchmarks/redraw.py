"""The redraw: from the change of a field to the answer, its explanation and what-if as they are then, laid out."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Browser

from benchmarks.bar import Bar
from benchmarks.browser import open_page, wait_for_answer
from benchmarks.figure import Figure, figures_of, median_of
from benchmarks.measure import Measure

CHANGES, SCORINGS = 150, 10  # Chromium ignores a page that changes its address more than 200 times in half a minute
REDRAW, SCORING = "redraw", "scoring alone"

# The choices of each control are taken in turn, each when what the last one changed has been painted. A redraw is over
# when nothing is awaited, what-if marks another choice as that of now, and the page is laid out, as asking for a size
# makes it.
CHANGE = """async ([changes, scorings]) => {
  const modules = ["form", "twin/model"].map((name) => import(`./${name}.js`));
  const [{ choicesOf, propertiesOf }, { Model }] = await Promise.all(modules);
  const model = await Model.load(await (await fetch("model.json")).json());
  const fields = propertiesOf(model.document.schema)
    .map(([name, property]) => [name, choicesOf(property)]).filter(([, choices]) => choices);
  const controls = document.querySelectorAll("#fields select, #fields fieldset");
  const marks = () => Array.from(document.querySelectorAll("#what-if tr"), (line) => line.className).join();
  const result = document.getElementById("result");
  const take = (control, at) => {
    if (control.matches("fieldset")) return control.querySelectorAll("input")[at].click();
    control.selectedIndex = at;
    control.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const redraw = (control, at) => new Promise((resolve, reject) => {
    const before = marks();
    const late = setTimeout(() => reject(new Error("nothing was redrawn in 10 s")), 10_000);
    const observer = new MutationObserver(() => {
      if (result.ariaBusy === "true" || marks() === before) return;
      document.body.getBoundingClientRect();
      resolve(performance.now() - start);
      observer.disconnect();
      clearTimeout(late);
    });
    observer.observe(document.body, { attributes: true, characterData: true, childList: true, subtree: true });
    const start = performance.now();
    take(control, at);
  });
  const row = { ...model.document.typical_row };
  const [redraws, rows] = [[], []];
  for (let change = 0; fields.length > 0 && change < changes; change++) {
    const [name, choices] = fields[change % fields.length];
    const at = (choices.indexOf(row[name]) + 1) % choices.length;
    row[name] = choices[at];
    rows.push({ ...row });
    await new Promise(requestAnimationFrame);
    await new Promise(requestIdleCallback);
    redraws.push(await redraw(controls[change % fields.length], at));
  }
  const score = (row) => {
    model.predict(row);
    model.explain(row);
    for (const [name, choices] of fields) {
      for (const choice of choices) model.predict({ ...row, [name]: choice });
    }
  };
  const alone = rows.map((row) => {
    const start = performance.now();
    for (let i = 0; i < scorings; i++) score(row);
    return (performance.now() - start) / scorings;
  });
  return [redraws, alone];
}"""


def bench_redraws(browser: Browser, url: str) -> tuple[list[Bar], list[Figure]]:
    """Change fields of the page 150 times, and score what each redraw shows without showing it.

    That is the row, its explanation, and the row with each other choice of a field.
    """
    redraws, scorings = change(browser, url, CHANGES)
    if not redraws:
        print("No field of this table has choices: the redraw of the page is not measured")
        return [], []
    bar = Bar("page, redraw, ms", median_of(redraws), most=16)
    slow = Figure("page, redraw, 95th percentile, ms", float(np.quantile(redraws, 0.95)))
    return [bar], [*figures_of(Measure("page", "ms", {REDRAW: redraws, SCORING: scorings}), SCORING), slow]


def change(browser: Browser, url: str, times: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each redraw, and of scoring alone what it shows."""
    with open_page(browser) as page:
        wait_for_answer(page, url)
        redraws, scorings = page.evaluate(CHANGE, [times, SCORINGS])
    return redraws, scorings
