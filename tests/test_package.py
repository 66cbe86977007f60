"""What `make package` ships: small, complete, and able to run with nothing else but Python."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.package import LARGEST_BYTES, PAGE, ROOT, PackageError, build, check_size, size_bytes
from predict.model import Model, ModelError
from tests.conftest import Trained

HEAVY = ["sklearn", "pandas", "numpy", "scipy", "joblib", "training"]
# -I and -S: neither this environment's packages nor its variables; the folder alone is added to the standard library.
PYTHON = [sys.executable, "-I", "-S", "-B", "-c"]
REPORT = "<!doctype html><title>Report</title>"
INVOKE = """
import importlib.util, json, pkgutil, sys
folder, handler, events, probed = json.load(sys.stdin)
sys.path.append(folder)
handler = pkgutil.resolve_name(handler)
json.dump({
    "answers": [handler(event, None) for event in events],
    "found": [name for name in probed if importlib.util.find_spec(name)],
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def package(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package for the running interpreter, with the births model and a report."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copyfile(trained.path, folder / "model.json")
    (folder / "report.html").write_text(REPORT, encoding="utf-8")
    build(folder / "function", model=folder / "model.json")
    return folder / "function"


def event(method: str, path: str, sent: str | None = None) -> dict[str, Any]:
    """Return what Lambda is sent for a request to a function URL or an HTTP API: an event of format 2.0."""
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "function.example"},
        "requestContext": {"http": http, "stage": "$default"},
        "body": sent,
        "isBase64Encoded": False,
    }


def body(answer: dict[str, Any]) -> bytes:
    """Return the body that Lambda makes of a handler's answer."""
    text: str = answer["body"]
    return base64.b64decode(text) if answer["isBase64Encoded"] else text.encode()


def invoke(package: Path, handler: str, events: list[dict[str, Any]], probed: list[str]) -> dict[str, Any]:
    """Return `handler`'s answers in a fresh Python that has only `package`, and which modules of `probed` it finds."""
    given = json.dumps([str(package), handler, events, probed])
    done = subprocess.run([*PYTHON, INVOKE], input=given, capture_output=True, text=True, env={}, timeout=60)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("handler", ["predict.main.handler", "main.handler"])
def test_package_alone_answers_lambda_events(package: Path, model: Model, handler: str) -> None:
    row = model.document["typical_row"]
    events = [event("POST", "/predict", json.dumps(row)), event("POST", "/predict", "{}"), event("GET", "/")]
    events.append(event("GET", "/report"))
    answers = invoke(package, handler, events, [])["answers"]
    assert [answer["statusCode"] for answer in answers] == [200, 422, 200, 200]
    assert {answer["headers"]["x-model-version"] for answer in answers} == {model.version}
    predicted, refused, page, report = (body(answer) for answer in answers)
    assert json.loads(predicted) == model.predict(row)
    assert {error["pointer"] for error in json.loads(refused)["errors"]} == {f"/{name}" for name in row}
    assert page == (PAGE / "index.html").read_bytes()
    assert report == REPORT.encode()


def test_package_holds_no_library_of_training(package: Path) -> None:
    assert invoke(package, "predict.main.handler", [], [*HEAVY, "fastapi"])["found"] == ["fastapi"]


def test_package_is_small(package: Path) -> None:
    assert size_bytes(package) < LARGEST_BYTES == 12_000_000


def test_package_holds_what_runs_and_nothing_of_this_machine(package: Path) -> None:
    files = [path for path in package.rglob("*") if path.is_file()]
    unneeded = [path for path in files if path.suffix == ".pyc" or path.name.startswith("requirements")]
    assert unneeded == []
    assert [path for path in files if "tests" in path.relative_to(package).parts] == []
    traces = [str(ROOT).encode(), sys.executable.encode()]
    assert [path for path in files if any(trace in path.read_bytes() for trace in traces)] == []


def test_package_holds_the_whole_page(package: Path) -> None:
    shipped, page = package / "predict" / "static", [path for path in PAGE.rglob("*") if path.is_file()]
    assert page
    assert {path.relative_to(shipped) for path in shipped.rglob("*") if path.is_file()} == {
        path.relative_to(PAGE) for path in page
    }


def test_package_without_a_model_is_refused_and_the_last_one_kept(tmp_path: Path) -> None:
    out = tmp_path / "function"
    out.mkdir()
    (out / "last").touch()
    with pytest.raises(ModelError, match=r"there is no model at .*missing\.json; run `make train`"):
        build(out, model=tmp_path / "missing.json")
    assert [path.name for path in tmp_path.rglob("*")] == ["function", "last"]


def test_too_large_a_package_is_refused(tmp_path: Path) -> None:
    part = tmp_path / "big"
    part.mkdir()
    for name in ("a.bin", "not_counted.pyc"):
        with (part / name).open("wb") as file:
            file.truncate(LARGEST_BYTES)
    check_size(tmp_path)
    (part / "one").write_bytes(b"1")
    with pytest.raises(PackageError, match=r"the package has 12\.0 MB, under 12 are allowed; most: big 12\.0 MB"):
        check_size(tmp_path)
