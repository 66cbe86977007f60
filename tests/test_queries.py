"""The queries of docs/aws.md: every field that they name is in what the function logs under Lambda's own runtime."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.emulator import HANDLER
from infra.package import ROOT
from infra.runtime import LambdaRuntime
from tests.lambdas import needs_lambda

pytestmark = needs_lambda
PAGE = (ROOT / "docs" / "aws.md").read_text(encoding="utf-8")
(BLOCK,) = re.findall(r"```text\n(# .*?)```", PAGE, re.DOTALL)
QUERIES = [query.strip() for query in BLOCK.split("\n\n")]
# what CloudWatch finds in the line REPORT of a plain text log, by what that line calls it
FOUND = {"@type": "REPORT", "@initDuration": "Init Duration: ", "@maxMemoryUsed": "Max Memory Used: "}
ALWAYS = {"@timestamp"}
WORDS = {"filter", "stats", "fields", "sort", "by", "as", "and", "like", "desc", "count", "latest", "pct", "max", "bin"}
BROKEN = """
from predict.main import app, handler

@app.get("/broken")
def broken():
    raise ValueError("as asked")
"""


def fields_of(query: str) -> set[str]:
    """Return the fields that a query reads, without the names that it gives to results."""
    text = re.sub(r"(?m)^#.*$|\"[^\"]*\"|/\w+/|\bas \w+", "", query)
    return {
        word for word in re.findall(r"@?[A-Za-z_]\w*", text) if word not in WORDS and not re.fullmatch(r"\d?[hm]", word)
    }


def event(path: str, method: str = "GET", body: str = "") -> dict[str, Any]:
    sent: dict[str, Any] = json.loads((ROOT / "tests" / "events" / "http-api.json").read_text(encoding="utf-8"))
    sent["rawPath"] = sent["requestContext"]["http"]["path"] = path
    sent["requestContext"]["http"]["method"] = method
    return {**sent, "body": body, "isBase64Encoded": False}


@pytest.fixture(scope="module")
def log(package: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the function logs as it answers, refuses, fails, and finds no live model."""
    folder = tmp_path_factory.mktemp("queries")
    shutil.copytree(package, folder / "task")
    folder.joinpath("task").chmod(0o755)
    (folder / "task" / "broken.py").write_text(BROKEN, encoding="utf-8")
    name = json.loads((package / "predict" / "model.json").read_text(encoding="utf-8"))["name"]
    nowhere = {
        "MODEL_URI": f"s3://none/models/{name}/live",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    with (folder / "log").open("wb") as output:
        with LambdaRuntime(folder / "task", handler="broken.handler", log=output) as runtime:
            statuses = [runtime.invoke(event(*request))["statusCode"] for request in REQUESTS]
        with LambdaRuntime(folder / "task", nowhere, handler=HANDLER, log=output) as runtime:
            statuses.append(runtime.invoke(event("/health"))["statusCode"])
    assert statuses == [200, 422, 500, 200]
    return (folder / "log").read_text(encoding="utf-8")


REQUESTS = (("/health",), ("/predict", "POST", "{}"), ("/broken",))


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.splitlines()[0].removeprefix("# "))
def test_fields_of_a_query_are_logged(query: str, log: str) -> None:
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    fields = fields_of(query)
    assert fields
    platform = {field for field in fields if field.startswith("@")} - ALWAYS
    assert [field for field in platform if FOUND[field] not in log] == []
    assert fields - platform - ALWAYS - {name for line in lines for name in line} == set()
    if wanted := re.search(r'message = "(\w+)"|message like /(\w+)/', query):
        messages = {line["message"] for line in lines}
        assert [message for message in messages if (wanted[1] or wanted[2]) in message]


def test_there_is_a_query_for_failures_times_refusals_starts_causes_and_models() -> None:
    assert len(QUERIES) == 6
    assert all(query.startswith("# ") and "\n" in query for query in QUERIES)


def test_unknown_field_would_be_seen() -> None:
    assert fields_of(
        '# what\nfilter message = "request" and statsu >= 500\n| stats count(*) as n by path, bin(1h)'
    ) == {
        "message",
        "statsu",
        "path",
    }
