"""Answers, judged: never a failure, always as documented, and nothing in them of how the function is made."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from pathlib import Path
from typing import Any

import httpx

from predict.body import CSV
from predict.events import UNREADABLE
from tests.contract.answers import PROBLEM, Contract, media_type_of
from training import ROOT

# What a server says of what is no HTTP, before the app sees it.
NO_HTTP = (400, "Invalid HTTP request received.")
PLACES = "|".join(re.escape(place) for place in ("site-packages", str(ROOT), "/var/task", tempfile.gettempdir()))
LEAKS = re.compile(rf'Traceback \(most recent|File "[^"]*", line \d|{PLACES}')
# The last line of a traceback, as it stands in a log or within a line of JSON.
ERROR = re.compile(r'(?:^|\\n)((?:\w+\.)*\w*(?:Error|Exception)\b[^"\\\n]*)', re.MULTILINE)
# What uvicorn logs where nonsense follows a request before that is answered: it has closed the connection for itself.
OF_UVICORN = re.compile(r"h11\._util\.LocalProtocolError: can't handle event type \w+ when role=SERVER and state=\w+$")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-?\d[\d.]*(e[-+]?\d+)?")


def judge(response: httpx.Response, contract: Contract) -> str:
    """Return an answer's status; fail for one that is a failure, is not documented, or tells too much."""
    status = response.status_code
    if (status, response.text) == NO_HTTP:
        return "400, by the server"
    shown = ("", UNREADABLE["body"]) if response.request.method == "HEAD" else (UNREADABLE["body"],)
    is_of_app = "x-model-version" in response.headers
    if (
        status == UNREADABLE["statusCode"] and response.text in shown and not is_of_app
    ):  # not even the app could read it
        return "400, unreadable"
    judge_text(f"{response.headers} {response.text}")
    contract.check(response)
    if status == 200 and media_type_of(response) == CSV:
        judge_csv(response.text)
    assert status < 400 or response.request.method == "HEAD" or media_type_of(response) == PROBLEM
    return str(status)


def judge_text(text: str) -> None:
    """Fail for a text that shows where or how the program runs."""
    leak = LEAKS.search(text)
    assert leak is None, f"the answer shows {leak[0]!r}: {text[:1000]}"


def find_failures(log: Path) -> list[str]:
    """Return the errors whose tracebacks a log has, five at most."""
    found = ERROR.findall(log.read_text(encoding="utf-8", errors="replace"))
    return [error[:1000] for error in found if not OF_UVICORN.match(error)][:5]


def judge_csv(text: str) -> None:
    """Fail for a CSV with rows of unequal length, or a cell that a spreadsheet would compute."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    formulas = [cell for row in rows for cell in row if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell)]
    assert formulas == []


def make_response(method: str, url: str, status: int, headers: Any, body: bytes) -> httpx.Response:
    """Return an answer that came otherwise than by httpx, as the contract's checks take it."""
    return httpx.Response(status, headers=headers, content=body, request=httpx.Request(method, url))
