"""Answers, judged: never a failure, always as documented, and nothing in them of how the function is made."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from itertools import islice
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
FAILURE = re.compile(r'Traceback \(most recent call last\)|"level":"ERROR"|"traceback"')  # in a log
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-?\d[\d.]*(e[-+]?\d+)?")


def judge(response: httpx.Response, contract: Contract) -> str:
    """Return an answer's status; fail for one that is a failure, is not documented, or tells too much."""
    status = response.status_code
    if (status, response.text) == NO_HTTP:
        return "400, by the server"
    if (status, response.text) == (UNREADABLE["statusCode"], UNREADABLE["body"]):  # not even the app could read it
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
    """Return the first lines of a log that tell of a failure."""
    with log.open(encoding="utf-8", errors="replace") as lines:
        return list(islice((line[:1000] for line in lines if FAILURE.search(line)), 5))


def judge_csv(text: str) -> None:
    """Fail for a CSV with rows of unequal length, or a cell that a spreadsheet would compute."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    formulas = [cell for row in rows for cell in row if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell)]
    assert formulas == []


def make_response(method: str, url: str, status: int, headers: Any, body: bytes) -> httpx.Response:
    """Return an answer that came otherwise than by httpx, as the contract's checks take it."""
    return httpx.Response(status, headers=headers, content=body, request=httpx.Request(method, url))
