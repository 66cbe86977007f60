"""The benchmarks measure what they say: right answers, of packages alone, in ratios with intervals, held to bars."""

from __future__ import annotations

import itertools
import json
import math
import runpy
import shutil
import sys
import sysconfig
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser

from benchmarks import packages, report, throughput
from benchmarks.bar import Bar
from benchmarks.browser import host, open_chromium, open_page, wait_for_answer
from benchmarks.figure import Figure, figures_of
from benchmarks.file import check, score_file
from benchmarks.measure import FLOOR, FUNCTION, NAIVE, Measure, Ratio, ratio_of_medians, show, take_turns
from benchmarks.page import FLOOR_PAGE, bench_page, weigh_page
from benchmarks.peers.peer import PEERS, Peer
from benchmarks.peers.server import measure
from benchmarks.plot import PLOT, draw
from benchmarks.redraw import change
from benchmarks.request import Request, make_event
from benchmarks.worker import Worker
from infra import site
from infra.lock import ALL
from infra.package import PAGE
from predict.model import Model
from tests.conftest import Trained
from tests.test_infra import read_pins
from training import ROOT
from training.dataset import prepare
from training.problem import Problem
from training.table import read_table

MEASURE = Measure("cold start", "s", {FUNCTION: [0.3, 0.2, 0.4], FLOOR: [0.2, 0.2, 0.2], NAIVE: [1.5, 1.2, 1.8]})


@pytest.mark.parametrize(
    ("bar", "line"),
    [
        (Bar("memory, MiB", 399.9, most=400), "PASS  memory, MiB: 399.9 (at most 400)"),
        (Bar("memory, MiB", 1025, most=1_024), "FAIL  memory, MiB: 1,025 (at most 1,024)"),
        (Bar("times as fast", 200, least=200), "PASS  times as fast: 200 (at least 200)"),
        (Bar("times as fast", 12.5, least=200), "FAIL  times as fast: 12.5 (at least 200)"),
        (Bar("difference", math.nan, most=1e-12), "FAIL  difference: nan (at most 1e-12)"),
        (Bar("rows", 0, least=592, most=1_000), "FAIL  rows: 0 (at least 592, at most 1,000)"),
        (Bar("slope", 1.1, least=0.9, most=1.1), "PASS  slope: 1.1 (at least 0.9, at most 1.1)"),
        (Bar("slope", 1.11, least=0.9, most=1.1), "FAIL  slope: 1.11 (at least 0.9, at most 1.1)"),
        (Bar("ratio", Ratio(1.1, 1.0, 1.3), most=1.1), "PASS  ratio: 1.1 [1, 1.3] (at most 1.1)"),
        (Bar("ratio", Ratio(1.2, 1.0, 1.3), most=1.1), "FAIL  ratio: 1.2 [1, 1.3] (at most 1.1)"),
    ],
)
def test_bar_is_met_or_missed(bar: Bar, line: str) -> None:
    assert str(bar) == line


def test_turns_are_taken_in_rounds_of_changing_order() -> None:
    calls: list[str] = []

    def call(name: str) -> int:
        calls.append(name)
        return len(calls)

    runs = {name: partial(call, name) for name in "abc"}
    found = take_turns(runs, 20)
    rounds = [calls[i : i + 3] for i in range(0, len(calls), 3)]
    assert [sorted(each) for each in rounds] == [["a", "b", "c"]] * 21
    assert {tuple(each) for each in rounds} == set(itertools.permutations("abc"))
    assert found == {name: [3 * i + each.index(name) + 1 for i, each in enumerate(rounds) if i] for name in "abc"}


def test_ratio_of_what_varies_together_is_certain() -> None:
    rounds = np.random.default_rng(0).lognormal(size=30)
    assert ratio_of_medians(list(rounds * 2), list(rounds)) == Ratio(2, 2, 2)


def test_ratio_of_what_varies_apart_is_not() -> None:
    above, below = np.random.default_rng(0).lognormal(sigma=0.1, size=(2, 30))
    found = ratio_of_medians(list(above * 2), list(below))
    assert found.value == np.median(above * 2) / np.median(below)
    assert 1.5 < found.low < 0.97 * found.value < 1.03 * found.value < found.high < 2.5


def test_interval_holds_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(1)
    ratios = [ratio_of_medians(*generator.lognormal(sigma=0.2, size=(2, 30)).tolist()) for _ in range(100)]
    assert 0.9 <= np.mean([ratio.low <= 1 <= ratio.high for ratio in ratios]) < 1


def test_ratio_needs_the_same_rounds() -> None:
    with pytest.raises(ValueError, match=r"^a ratio needs as many rounds of each, 2 and 1 were given$"):
        ratio_of_medians([1, 2], [1])


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (3_783.2, "3,783"),
        (115.46, "115"),
        (15.33, "15.3"),
        (0.30901, "0.309"),
        (Ratio(1.088, 1.0, 1.15), "1.09 [1.00, 1.15]"),
        (Ratio(3.89, 3.89, 3.89), "3.89"),
    ],
)
def test_numbers_are_shown_in_three_digits(number: float | Ratio, shown: str) -> None:
    assert show(number) == shown


def write_package(folder: Path, source: str) -> Path:
    (folder / "main.py").write_text(source, encoding="utf-8")
    return folder


def test_worker_calls_the_handler_as_often_as_told(tmp_path: Path) -> None:
    source = "calls = 0\ndef handler(event, context):\n    global calls\n    calls += 1\n    print('a line of log')\n"
    package = write_package(tmp_path, source + "    return [event, calls, context.aws_request_id]\n")
    with Worker(package) as worker:
        first, first_times = worker.call({"a": 1})
        last, last_times = worker.call({"a": 2}, 3)
        memory = worker.memory_mib
    assert first[:2] == [{"a": 1}, 1]
    assert last[:2] == [{"a": 2}, 4]
    assert [len(first_times), len(last_times)] == [1, 3]
    assert all(seconds > 0 for seconds in first_times + last_times)
    assert memory["RSS"] > 0


def test_worker_knows_its_package_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    source = "import importlib.util, os, sys\ndef handler(event, context):\n"
    source += "    names = [name for name in os.environ if name.startswith('PYTHON')]\n"
    source += "    found = importlib.util.find_spec('fastapi'), importlib.util.find_spec('predict')\n"
    package = write_package(
        tmp_path, source + "    return [names, found, sys.dont_write_bytecode, os.environ['MINE']]\n"
    )
    with Worker(package, MINE="yes") as worker:
        assert worker.call({})[0] == [[], [None, None], False, "yes"]


def test_worker_that_ends_says_so(tmp_path: Path) -> None:
    package = write_package(tmp_path, "raise SystemExit(3)")
    with pytest.raises(RuntimeError, match="ended with exit code 3"), Worker(package) as worker:
        worker.call({})


def run_main(folder: Path, name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the handler of a contestant's main.py in `folder`, which has its files."""
    source = Path(packages.__file__).parent / name / "main.py"
    handler = runpy.run_path(str(shutil.copy(source, folder)))["handler"]
    return lambda event: handler(event, None)


def fill_floor(folder: Path, model: Model) -> None:
    (folder / "schema.json").write_text(json.dumps(model.document["schema"]), encoding="utf-8")
    (folder / "answer.json").write_text(json.dumps(Request.of(model).answer), encoding="utf-8")


def test_request_differs_from_the_typical_row_in_every_field(model: Model) -> None:
    request, typical = Request.of(model), model.document["typical_row"]
    assert request.row.keys() == typical.keys()
    assert [name for name, value in request.row.items() if value == typical[name]] == []
    assert request.answer == model.predict(request.row)
    assert json.loads(request.event["body"]) == request.row


def test_floor_validates_rows_and_answers_a_constant(tmp_path: Path, model: Model) -> None:
    fill_floor(tmp_path, model)
    handler, request = run_main(tmp_path, FLOOR), Request.of(model)
    request.check(handler(request.event))
    other = make_event("/predict", json.dumps(model.document["typical_row"]))
    assert handler(other) == handler(request.event)
    name = next(iter(request.row))
    for wrong in ({**request.row, name: "of no kind"}, {**request.row, "more": 1}, {}):
        assert handler(make_event("/predict", json.dumps(wrong)))["statusCode"] == 422


def test_naive_function_answers_as_the_function_does(tmp_path: Path, trained: Trained, model: Model) -> None:
    joblib.dump(trained.pipeline, tmp_path / "model.joblib")
    handler, request = run_main(tmp_path, NAIVE), Request.of(model)
    request.check(handler(request.event))
    with pytest.raises(RuntimeError, match="the right answer is"):
        request.check(handler(make_event("/predict", json.dumps(model.document["typical_row"]))))


def test_a_refusal_is_no_right_answer(model: Model) -> None:
    request = Request.of(model)
    request.check({"statusCode": 200, "body": json.dumps(request.answer)})
    with pytest.raises(RuntimeError, match="422"):
        request.check({"statusCode": 422, "body": json.dumps(request.answer)})


def test_throughput_counts_right_answers(tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput, "REQUESTS", 80)
    fill_floor(tmp_path, model)
    shutil.copy(Path(packages.__file__).parent / FLOOR / "main.py", tmp_path)
    site, request = Path(sysconfig.get_path("purelib")), Request.of(model)
    with throughput.serve(tmp_path, site) as port:
        assert throughput.load(port, throughput.make_message(request), request) > 0
        wrong = Request(request.row, model.predict(model.document["typical_row"]))
        with pytest.raises(RuntimeError, match="the right answer is"):
            throughput.load(port, throughput.make_message(request), wrong)


def test_package_is_installed_compiled_packed_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "none.txt").touch()
    monkeypatch.setattr(packages, "OUT", tmp_path / "out")
    monkeypatch.setattr(packages, "REQUIREMENTS", {FLOOR: tmp_path / "none.txt"})
    files = {"main.py": b"answer = 1\n" * 1000, "data.json": b"{}"}
    package = packages.install(FLOOR, files)
    (compiled,) = package.rglob("*.pyc")
    assert compiled.read_bytes()[4:8] == b"\x01\x00\x00\x00"  # hash-based, never checked: PEP 552
    (zipped, unpacked), bars = packages.weigh_packages({FUNCTION: package}, Request({}, {}))
    assert zipped.rounds == {FUNCTION: [(tmp_path / "out" / "floor.zip").stat().st_size / 1e6]}
    assert unpacked.rounds == {FUNCTION: [(11_002 + compiled.stat().st_size) / 1e6]}
    assert [bar.is_met for bar in bars] == [True, True]
    compiled.unlink()
    assert list(packages.install(FLOOR, files).rglob("*.pyc")) == []
    assert len(list(packages.install(FLOOR, {**files, "data.json": b"[]"}).rglob("*.pyc"))) == 1


SERVER = """
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[0.25, 0.75]")

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_peer_is_measured_by_its_right_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.peers.peer.ENVIRONMENTS", tmp_path)
    monkeypatch.setattr("benchmarks.peers.server.ENVIRONMENTS", tmp_path)
    peer = Peer("quarter", [sys.executable, "-c", SERVER, "{port}"])
    cold_s, warm_ms = measure(peer, Request({}, {"probabilities": {"no": 0.25, "yes": 0.75}}))
    assert 0.01 < cold_s < 30
    assert 0.01 < warm_ms < cold_s * 1e3
    with pytest.raises(RuntimeError, match="the right answer is"):
        measure(peer, Request({}, {"probabilities": {"no": 0.5, "yes": 0.5}}))
    ended = Peer("ended", [sys.executable, "-c", "print('no licence')"])
    with pytest.raises(RuntimeError, match=r"^ended does not answer .*ended\.log$"):
        measure(ended, Request({}, {"value": 1.0}))
    assert (tmp_path / "ended.log").read_text(encoding="utf-8") == "no licence\n"


def test_every_peer_is_locked_with_the_pipelines_scikit_learn() -> None:
    locked = [peer for peer in PEERS.values() if peer.name != FUNCTION]
    assert len(locked) == 3
    for peer in locked:
        pins = read_pins(str(peer.requirements.relative_to(ROOT)))
        assert peer.name in pins
        assert pins["scikit-learn"] == read_pins(ALL)["scikit-learn"]


def test_naive_function_is_locked_as_the_project_is() -> None:
    naive = read_pins(str(packages.REQUIREMENTS[NAIVE].relative_to(ROOT)))
    assert naive.items() <= read_pins(ALL).items()
    assert {"fastapi", "mangum", "scikit-learn", "pandas", "joblib"} <= naive.keys()


SHOW = "document.body.innerHTML = '<div id=answer><p>8 in 100</p></div>'"
WAIT = "const wait = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };\n"


def make_site(folder: Path, trained: Trained, script: str) -> Path:
    """Write the page that works alone, with a script more that runs first."""
    site.build(folder, model=trained.path)
    (folder / "first.js").write_text(WAIT + script, encoding="utf-8")
    index = folder / "index.html"
    whole = index.read_text(encoding="utf-8").replace("<head>", '<head><script src="first.js"></script>')
    index.write_text(whole, encoding="utf-8")
    return folder


def test_page_weighs_what_is_loaded_until_the_answer_is_shown(tmp_path: Path, browser: Browser) -> None:
    files = {
        "index.html": '<link rel="stylesheet" href="a.css"><body><script type="module" src="a.js"></script>',
        "a.css": "p { color: red }",
        "a.js": f'import "./b.js"; await (await fetch("c.json")).json(); {SHOW}; setTimeout(() => import("./d.js"), 1e4)',
        "b.js": "// not much",
        "c.json": "{}",
        "d.js": "// what is opened later",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with host(tmp_path) as url:
        bars, figures = weigh_page(browser, url)
    weight = sum(len(files[name]) for name in ("index.html", "a.css", "a.js", "b.js"))
    assert bars == [Bar("page, 4 files of HTML, CSS and JavaScript loaded, kB", weight / 1e3, most=90)]
    whole = [path.stat().st_size for kind in ("html", "css", "js") for path in PAGE.rglob(f"*.{kind}")]
    assert figures == [Figure(f"page, all {len(whole)} files of HTML, CSS and JavaScript, kB", sum(whole) / 1e3)]


def test_answer_is_timed_until_it_is_painted(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "floor.html").write_text(FLOOR_PAGE, encoding="utf-8")
    (tmp_path / "late.html").write_text(
        f"<body><script>setTimeout(() => {{ {SHOW} }}, 2000)</script>", encoding="utf-8"
    )
    taken = {}
    with host(tmp_path) as url:
        for name in ("floor", "late"):
            with open_page(browser) as page:
                taken[name] = wait_for_answer(page, f"{url}/{name}.html")
    assert 0 < taken["floor"] < 2000 < taken["late"]


def test_redraw_is_timed_until_the_last_picture_is_drawn(tmp_path: Path, trained: Trained, browser: Browser) -> None:
    slow = "const set = SVGElement.prototype.setAttribute;\n"
    slow += "SVGElement.prototype.setAttribute = function (...given) { wait(10); set.apply(this, given); };"
    redraws = []
    for name, script in (("quick", ""), ("slow", slow)):
        with host(make_site(tmp_path / name, trained, script)) as url:
            found, scorings = change(browser, url, 6)
        assert len(found) == len(scorings) == 6
        assert all(redraw > scoring > 0 for redraw, scoring in zip(found, scorings, strict=True))
        redraws.append(min(found))
    choices = sum(len(value["enum"]) for value in trained.document["schema"]["properties"].values())
    assert redraws[0] < 10 * choices < redraws[1]


def test_file_is_scored_by_the_page_as_by_python(
    tmp_path: Path, trained: Trained, model: Model, browser: Browser
) -> None:
    rows = [Request.of(model).row, model.document["typical_row"]]
    right = np.array([list(model.predict(row)["probabilities"].values()) for row in rows] * 150)
    longest = []
    for name, script in (("quick", ""), ("slow", "addEventListener('change', () => setTimeout(() => wait(2000)))")):
        with host(make_site(tmp_path / name, trained, script)) as url:
            seconds, longest_ms, found = score_file(browser, url, pd.DataFrame(rows * 150), model)
        assert seconds * 1e3 > longest_ms
        longest.append(longest_ms)
        check(found, right)
        for wrong in (found[::-1], found[1:]):
            with pytest.raises(
                RuntimeError, match=r"^the page scored (300|299) rows, not all of the 300 as Python does$"
            ):
                check(wrong, right)
    assert longest[0] < 2000 <= longest[1]


def test_page_is_not_measured_where_there_is_no_chromium(
    tmp_path: Path, problem: Problem, model: Model, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with open_chromium() as found:
        assert found is None
    assert bench_page(tmp_path, model, prepare(read_table(problem.data, problem), problem)) == ([], [])
    assert capsys.readouterr().out == "Chromium is not installed: the page is not measured\n"


def test_figures_are_shown_beside_their_baseline() -> None:
    figures = [*figures_of(MEASURE, FLOOR), Figure("longest task, ms", 62.0)]
    assert report.figure_table(figures).splitlines()[2:] == [
        "| cold start, function, s | 0.300 [0.200, 0.400] | floor | 1.50 [1.00, 2.00] |",
        "| cold start, naive, s | 1.50 [1.20, 1.80] | floor | 7.50 [6.00, 9.00] |",
        "| cold start, floor, s | 0.200 |  |  |",
        "| longest task, ms | 62.0 |  |  |",
    ]


def test_comparison_shows_medians_and_ratios() -> None:
    assert report.comparison_table([MEASURE]).splitlines()[2] == (
        "| cold start, s | 0.300 | 0.200 | 1.50 | 1.50 [1.00, 2.00] | 5.00 [4.50, 6.00] |"
    )


def test_missed_bar_stands_out() -> None:
    lines = report.bar_table([Bar("size, MB", 5.37, most=6), Bar("size, MB", 6.5, most=6)]).splitlines()
    assert lines[2:] == ["| size, MB | 5.37 | at most 6 | pass |", "| size, MB | 6.50 | at most 6 | **FAIL** |"]


def test_part_of_the_page_is_replaced() -> None:
    page = "a\n<!-- bars -->\nold\n<!-- end of bars -->\nb\n"
    assert report.put(page, "bars", "new") == "a\n<!-- bars -->\n\nnew\n\n<!-- end of bars -->\nb\n"
    assert report.put(report.put(page, "bars", "x"), "bars", "new") == report.put(page, "bars", "new")
    with pytest.raises(ValueError, match="has the marks of bar 0 times"):
        report.put(page, "bar", "new")


def test_page_is_recorded_and_misses_no_bar() -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    for part in ("machine", "comparison", "candidates", "page", "bars", "peers"):
        assert report.put(page, part, "new") != page
    assert "Measured on " in page
    assert page.count(" | pass |") >= 20
    assert "FAIL" not in page
    assert PLOT.stat().st_size < 100_000


def test_plot_is_drawn(tmp_path: Path) -> None:
    draw([MEASURE] * 4, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
