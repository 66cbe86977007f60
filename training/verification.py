"""The verification: train anew, and compare everything with what was recorded."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from predict.model import ModelError, load_model
from training import ROOT
from training.lock import OTHER_VERSIONS, SAME_VERSIONS, compare, make_lock, read_lock
from training.notebook import NOTEBOOK, NotebookError, execute, shown_results
from training.parity import ParityError
from training.problem import Problem
from training.reporting.card import CARD, INTENT, render_card
from training.selection import Report
from training.train import train


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
    lines = [
        _data(found["data"], lock["data"]),
        _equal("seed", found["seed"], lock["seed"]),
        _versions(found["versions"], lock["versions"], tolerance),
        _equal("choice", _choice(found["metrics"]["chosen"]), _choice(lock["metrics"]["chosen"])),
        _numbers("metrics", found["metrics"], lock["metrics"], tolerance),
        _numbers("predictions", found["predictions"], lock["predictions"], tolerance),
        _parity(document["parity"]),
        _served(document, model_file),
        _card(document, lock["model"]),
    ]
    report("running the notebook")
    return [*lines, _notebook()]


def _data(found: dict[str, Any], recorded: dict[str, Any]) -> Line:
    rows = f"{found['rows']:,} rows of {found['file']}, sha256 of their contents {found['content_sha256'][:12]}"
    same = found["content_sha256"] == recorded["content_sha256"] and found["rows"] == recorded["rows"]
    recorded_rows = f"{recorded['rows']:,} rows, {recorded['content_sha256'][:12]}"
    return Line("data", same, rows if same else f"{rows}; recorded were {recorded_rows}")


def _equal(name: str, found: Any, recorded: Any) -> Line:
    same = found == recorded
    return Line(name, same, f"{found}" if same else f"{found}; recorded was {recorded}")


def _choice(chosen: dict[str, Any]) -> str:
    return ", ".join([chosen["candidate"], *(f"{key} {value:g}" for key, value in chosen["settings"].items())])


def _versions(found: dict[str, str], recorded: dict[str, str], tolerance: float) -> Line:
    """Return a line that always passes: other versions widen the tolerance, which is said."""
    others = [f"{name} {found.get(name)} instead of {version}" for name, version in recorded.items()]
    others = [text for text, name in zip(others, recorded, strict=True) if found.get(name) != recorded[name]]
    words = "; ".join(others) or ", ".join(f"{name} {version}" for name, version in found.items())
    return Line("versions", passed=True, words=f"{words}: tolerance {tolerance:.0e}")


def _numbers(name: str, found: Any, recorded: Any, tolerance: float) -> Line:
    count, worst, where = compare(found, recorded)
    words = f"{count:,} numbers, largest difference {worst:.1e}"
    passed = worst <= tolerance
    return Line(name, passed, words if passed else f"{words}, at {where}")


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


def _card(document: dict[str, Any], recorded_version: str) -> Line:
    """Compare the text of the model card; the last digits of a model, and so its version, may differ by processor."""
    try:
        committed = (ROOT / CARD).read_text(encoding="utf-8")
        fresh = render_card(document, (ROOT / INTENT).read_text(encoding="utf-8"))
    except OSError as error:
        return Line("model card", passed=False, words=f"{error.filename} cannot be read ({error.strerror})")
    fresh = fresh.replace(document["version"], recorded_version)
    return _lines("model card", fresh.splitlines(), committed.splitlines())


def _notebook() -> Line:
    with tempfile.TemporaryDirectory() as folder:
        try:
            fresh = shown_results(execute(Path(folder)))
        except NotebookError as error:
            return Line("notebook", passed=False, words=str(error))
    return _lines("notebook", fresh, shown_results(ROOT / NOTEBOOK))


def _lines(name: str, found: list[str], recorded: list[str]) -> Line:
    differing = [(a, b) for a, b in zip_longest(found, recorded, fillvalue="") if a != b]
    words = f"{len(recorded)} lines, {len(differing)} of them differ"
    if differing:
        words += f", first {differing[0][0][:80]!r} instead of {differing[0][1][:80]!r}"
    return Line(name, not differing, words)
