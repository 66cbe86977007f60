"""The verification: train anew, and compare everything with what was recorded."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from predict.model import REPORT, ModelError, load_model
from training import ROOT
from training.comparison import OTHER_VERSIONS, SAME_VERSIONS, Tolerance, compare, compare_lines
from training.errors import InputError
from training.intent import read_intent
from training.lock import make_lock, read_lock
from training.notebook import NOTEBOOK, NotebookError, execute, shown_results
from training.parity import ParityError
from training.problem import Problem
from training.reporting.card import CARD, render_card
from training.reporting.report import render_report
from training.reporting.view import describe_candidate
from training.selection import Report
from training.sources.source import is_database
from training.train import train

TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Line:
    """One thing that was verified: what, whether it holds, and the figures."""

    name: str
    passed: bool
    words: str


def verify(problem: Problem, lock_file: Path, model_file: Path, report: Report) -> list[Line]:
    """Train anew and compare with the lock, the served model, the card and the notebook; write nothing.

    Raises:
        InputError: there is no lock, or the table cannot be used.
    """
    lock = read_lock(lock_file)
    try:
        trained = train(problem, report)
    except ParityError as error:
        return [Line("parity", passed=False, words=str(error))]
    document = trained.document
    found = make_lock(document, trained.pipeline, trained.features)
    same_versions = found["versions"] == lock["versions"]
    tolerance = SAME_VERSIONS if same_versions else OTHER_VERSIONS
    of_model = [_parity(document["parity"]), _served(document, model_file), _report(document, model_file)]
    if found["target"]["name"] != lock["target"]["name"]:
        words = (
            f"{lock_file.name} is of the target {lock['target']['name']!r}, not of {found['target']['name']!r}: "
            "`make record` records this problem; then tell its story in the notebook"
        )
        return [Line("problem", passed=False, words=words), *of_model]
    lines = [
        _data(found["data"], lock["data"]),
        _equal("target", _target(found), _target(lock)),
        _equal("seed", found["seed"], lock["seed"]),
        _versions(found["versions"], lock["versions"], tolerance),
        _equal("choice", *(describe_candidate(each["metrics"]["chosen"]) for each in (found, lock))),
        _numbers("metrics", found["metrics"], lock["metrics"], tolerance),
        _predictions(found["predictions"], lock["predictions"], tolerance, len(trained.features)),
        *of_model,
        _card(document, lock, tolerance),
    ]
    report("running the notebook")
    return [*lines, _notebook(problem, tolerance)]


def _data(found: dict[str, Any], recorded: dict[str, Any]) -> Line:
    rows = f"{found['rows']:,} rows of {found['file']}, sha256 of their contents {found['content_sha256'][:12]}"
    same = all(found[key] == recorded[key] for key in ("content_sha256", "rows", "distinct_rows"))
    if found["sha256"] and recorded["sha256"]:  # a database has none
        same = same and found["sha256"] == recorded["sha256"] and found["file"] == recorded["file"]
    recorded_rows = f"{recorded['rows']:,} rows, {recorded['content_sha256'][:12]}"
    return Line("data", same, rows if same else f"{rows}; recorded were {recorded_rows}")


def _equal(name: str, found: Any, recorded: Any) -> Line:
    same = found == recorded
    return Line(name, same, f"{found}" if same else f"{found}; recorded was {recorded}")


def _target(lock: dict[str, Any]) -> str:
    names = zip(lock["target"].get("classes", []), lock["target"].get("labels", []), strict=True)
    classes = ", ".join(f"{text} ({label})" for text, label in names)
    return f"{lock['target']['name']}, {lock['task']}" + (f": {classes}" if classes else "")


def _versions(found: dict[str, str], recorded: dict[str, str], tolerance: Tolerance) -> Line:
    """Return a line that always passes: other versions widen the tolerance, which is said."""
    others = [f"{name} {found.get(name)} instead of {version}" for name, version in recorded.items()]
    others = [text for text, name in zip(others, recorded, strict=True) if found.get(name) != recorded[name]]
    words = "; ".join(others) or ", ".join(f"{name} {version}" for name, version in found.items())
    return Line("versions", passed=True, words=f"{words}: tolerance {tolerance.relative:.0e}")


def _numbers(name: str, found: Any, recorded: Any, tolerance: Tolerance) -> Line:
    count, worst, where = compare(found, recorded)
    words = f"{count:,} numbers, largest difference {worst:.1e}"
    passed = worst <= tolerance.relative
    return Line(name, passed, words if passed else f"{words}, at {where}")


def _predictions(found: list[Any], recorded: list[Any], tolerance: Tolerance, distinct: int) -> Line:
    line = _numbers("predictions", found, recorded, tolerance)
    rows = f"all {distinct:,}" if len(found) == distinct else f"{len(found):,} of {distinct:,}"
    return Line(line.name, line.passed, f"{rows} distinct rows, {line.words}")


def _parity(parity: dict[str, Any]) -> Line:
    rows = parity["rows"] + parity["edge_rows"]
    words = f"{rows:,} rows agree with scikit-learn to {parity['largest_difference']:.1e}"
    return Line("parity", passed=True, words=f"{words}, {parity['refused_rows']} bad rows refused")


def _served(document: dict[str, Any], path: Path) -> Line:
    try:
        served = load_model(path).document
    except ModelError as error:
        return Line("served model", passed=False, words=str(error))
    found, trained = ({**each, "version": ""} for each in (served, document))
    line = _numbers("served model", found, trained, SAME_VERSIONS)
    return Line(line.name, line.passed, f"{path.name} {served['version']}: {line.words}")


def _report(document: dict[str, Any], model: Path) -> Line:
    """Compare the report beside the served model with one of what was trained, but for the version."""
    path = model.with_name(REPORT)
    try:
        served = path.read_text(encoding="utf-8").replace(load_model(model).version, document["version"])
    except ModelError:
        return Line("report", passed=False, words="there is no usable model that it could be of")
    except (OSError, UnicodeDecodeError) as error:
        return Line("report", passed=False, words=f"{path.name} cannot be read ({error})")
    fresh, found = (TAG.sub(" ", text).splitlines() for text in (render_report(document), served))
    return _lines("report", found, fresh, SAME_VERSIONS)


def _card(document: dict[str, Any], lock: dict[str, Any], tolerance: Tolerance) -> Line:
    """Compare the model card with one under the recorded versions: the running ones have a line of their own.

    A model's last digits, and so its version, may differ by processor.
    """
    versions = {**document["provenance"]["versions"], **lock["versions"]}
    named = {**document, "version": lock["model"], "provenance": {**document["provenance"], "versions": versions}}
    try:
        fresh, committed = render_card(named, read_intent(document["name"])), (ROOT / CARD).read_text(encoding="utf-8")
    except (InputError, OSError, UnicodeDecodeError) as error:
        return Line("model card", passed=False, words=str(error))
    return _lines("model card", fresh.splitlines(), committed.splitlines(), tolerance)


def _notebook(problem: Problem, tolerance: Tolerance) -> Line:
    with tempfile.TemporaryDirectory() as folder:
        try:
            executed = execute(Path(folder), problem.data if is_database(problem.data) else None)
            fresh, committed = shown_results(executed), shown_results(ROOT / NOTEBOOK)
        except NotebookError as error:
            return Line("notebook", passed=False, words=f"{error}; it has to be of the problem {problem.name!r}")
    return _lines("notebook", fresh, committed, tolerance)


def _lines(name: str, found: list[str], recorded: list[str], tolerance: Tolerance) -> Line:
    count, differing = compare_lines(found, recorded, tolerance)
    words = f"{len(recorded):,} lines with {count:,} numbers, {len(differing):,} of the lines differ"
    if differing:
        words += f", first {differing[0][0][:80]!r} instead of {differing[0][1][:80]!r}"
    return Line(name, not differing, words)
