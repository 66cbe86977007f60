"""The file: 100,000 rows scored in the browser by the page's batch view, against Python and scikit-learn."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
from playwright.sync_api import Browser

from benchmarks.bar import Bar
from benchmarks.browser import open_page
from benchmarks.figure import Figure, figures_of, median_of
from benchmarks.measure import Measure, take_turns
from predict.model import Model
from predict.scorer import Scorer
from training.dataset import Dataset
from training.train import MODEL_FOLDER

ROWS, ROUNDS = 100_000, 3
MANY_TIMES = 10
PAGE, PYTHON, PIPELINE = "page", "Python scorer", "scikit-learn's pipeline at once"
TASK = "longest task of its main thread, ms (0 is below 50)"
DEADLINE_MS = 180_000
Scores = npt.NDArray[np.float64]

# From the choice of the file to the sum of what was done, with the longest task that kept the page from answering:
# browsers tell of those of 50 ms and more.
WATCH = """(deadline) => {
  const view = document.getElementById("batch");
  let [start, longest] = [0, 0];
  const note = (tasks) => (longest = Math.max(longest, ...tasks.map(({ duration }) => duration)));
  const tasks = new PerformanceObserver((list) => note(list.getEntries()));
  addEventListener("change", () => {
    start = performance.now();
    tasks.observe({ type: "longtask" });
  }, { capture: true, once: true });
  globalThis.scored = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`the file was not scored in ${deadline} ms: ${view.innerText}`)), deadline);
    new MutationObserver(async (_, observer) => {
      const status = view.querySelector("[role=status]").textContent;
      if (!/^[0-9,]+ rows in/.test(status)) return;
      observer.disconnect();
      const taken = performance.now() - start;
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame); // a task is told of when it is over
      note(tasks.takeRecords());
      resolve([taken, longest]);
    }).observe(view, { characterData: true, childList: true, subtree: true });
  });
}"""


def bench_file(
    browser: Browser, url: str, served: Model, dataset: Dataset, rows: int = ROWS
) -> tuple[list[Bar], list[Figure]]:
    """Score rows of the table, drawn as often as they occur; of ten times as many too, if that takes a minute at most.

    The page reads and checks the file and writes the download as well; Python and scikit-learn score alone.
    """
    frame = draw_rows(dataset, rows)
    records: list[dict[str, Any]] = json.loads(frame.to_json(orient="records"))
    scorer, pipeline = Scorer(served.document["estimator"]), joblib.load(MODEL_FOLDER / "model.joblib")
    right = np.array([scorer.predict(record) for record in records])
    longest_ms = []

    def scored() -> float:
        seconds, longest, found = score_file(browser, url, frame, served)
        check(found, right)
        longest_ms.append(longest)
        return seconds

    runs: dict[str, Callable[[], float]] = {
        PAGE: scored,
        PYTHON: partial(seconds_of, lambda: [scorer.predict(record) for record in records]),
        PIPELINE: partial(seconds_of, lambda: getattr(pipeline, "predict_proba", pipeline.predict)(frame)),
    }
    found = take_turns(runs, ROUNDS)
    taken = median_of(found[PAGE])
    rates = {name: [rows / seconds / 1e3 for seconds in each] for name, each in found.items()}
    figures = [
        *figures_of(Measure(f"{rows:,} rows", "thousand rows/s", rates), PYTHON),
        Figure(f"{rows:,} rows, page, {TASK}", max(longest_ms)),
    ]
    if float(taken) * MANY_TIMES < 60:
        many = draw_rows(dataset, rows * MANY_TIMES)
        seconds, longest, _found = score_file(browser, url, many, served)
        figures += [
            Figure(f"{len(many):,} rows, page, s", seconds),
            Figure(f"{len(many):,} rows, page, {TASK}", longest),
        ]
    return [Bar(f"{rows:,} rows of a file in the page, s", taken, most=10)], figures


def draw_rows(dataset: Dataset, count: int) -> pd.DataFrame:
    """Return rows of the table, drawn as often as they occur."""
    rows = dataset.train
    return rows.features.iloc[np.random.default_rng(0).choice(len(rows), count, p=rows.counts / rows.total)]


def score_file(browser: Browser, url: str, frame: pd.DataFrame, served: Model) -> tuple[float, float, Scores]:
    """Have a new page score a file of rows; return the seconds, the longest task's milliseconds, and the scores."""
    labels = served.document["target"].get("labels")
    columns = [f"probabilities.{label}" for label in labels] if labels else ["value"]
    with tempfile.TemporaryDirectory() as folder, open_page(browser) as page:
        path = Path(folder) / "rows.csv"
        frame.to_csv(path, index=False)
        page.goto(f"{url}/#view=batch")
        chosen = page.locator("#batch input[type=file]")
        chosen.wait_for()
        page.evaluate(WATCH, DEADLINE_MS)
        chosen.set_input_files(path)
        taken_ms, longest_ms = page.evaluate("() => scored")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        return taken_ms / 1e3, longest_ms, pd.read_csv(download.value.path())[columns].to_numpy(dtype=np.float64)


def check(found: Scores, right: Scores) -> None:
    """Raise RuntimeError unless the page has scored every row as Python does."""
    if found.shape != right.shape or not np.allclose(found, right, rtol=1e-9, atol=1e-9):
        raise RuntimeError(f"the page scored {len(found):,} rows, not all of the {len(right):,} as Python does")


def seconds_of(call: Callable[[], Any]) -> float:
    """Return what a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
