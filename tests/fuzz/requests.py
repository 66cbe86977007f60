"""Requests that are HTTP, with whatever in them: methods, paths, queries, headers and bodies."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from predict.body import CSV, JSON
from tests.contract.rows import to_csv
from tests.fuzz.mutations import mutate, values

METHODS = ["POST"] * 40 + ["GET", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"]
POSTS = ["/predict", "/predict/batch", "/explain"]
PATHS = [
    *POSTS * 4,
    *(
        "/",
        "/schema",
        "/model",
        "/model.json",
        "/health",
        "/report",
        "/openapi.json",
        "/docs",
        "/app.js",
        "/no-such-page",
    ),
    *(
        "/predict/",
        "//predict",
        "/../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%5cpredict",
        "/%00",
        "/%ff",
        "/a%0d%0ab",
    ),
    *(
        "/static/../app.py",
        "/.%2e/model.json",
        "/" + "a" * 3000,
        "/%252e%252e/",
        "/batch/%2e%2e/%2e%2e/main.py",
        "/~",
        "/*",
    ),
]
QUERIES = [
    "",
    "",
    "",
    "explain=true",
    "explain=maybe",
    "explain=1&explain=0",
    "explain",
    "%ff=%00",
    "a=" + "b" * 2000,
    "&&==",
]
CONTENT_TYPES = [
    *[JSON] * 8,
    *[CSV] * 4,
    *(
        "application/json; charset=utf-8",
        "text/csv; header=present",
        "application/json; charset=utf-16",
        "text/plain",
        "",
    ),
    *("application/x+json", "multipart/form-data; boundary=x", ";", 'a/b;charset="', "application/json;" * 50),
]
ACCEPTS = [
    "*/*",
    JSON,
    CSV,
    "text/html",
    "text/csv;q=0.5, application/json;q=0.4",
    "text/*;q=nan",
    "q=1",
    ";q=",
    ",,",
    "*",
]
HEADERS = {
    "Accept": ACCEPTS,
    "Content-Encoding": ["identity", "gzip", "br, gzip", "\u00e9", "deflate" * 9],
    "If-None-Match": ["*", 'W/"a", "b"', ",,", '"'],
    "Host": ["a b:xx", "[::1", "a:b:c", "", "\u00ff"],
    "X-Forwarded-For": ["::1, a", "\u00ff"],
    "Origin": ["http://a.example", "null"],
    "Range": ["bytes=0-1", "bytes=-"],
    "Cookie": ["a=b; c", ";" * 99],
    "Expect": ["100-continue", "x"],
}
TARGETS = ["/predict"] * 6 + [
    "http://a/predict",
    "*",
    "a:443",
    "/" + "a" * 70_000,
    "/\xe9",
    "",
    "/predict HTTP/1.1\r\nA: b",
]
VERSIONS = ["HTTP/1.1"] * 8 + ["HTTP/1.0", "HTTP/2.0", "HTTP/9", "http/1.1", ""]
FRAMINGS = ["Content-Length: {}"] * 6 + [
    f"Content-Length: {text}" for text in ("0", "-1", "9" * 30, "1e3", "0x10", "{0}, {0}", "")
]
FRAMINGS += [
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: {}",
    "Transfer-Encoding: gzip",
]
ODD_LINES = [""] * 9 + [
    "A" * 70_000,
    ": b",
    "A : b",
    "A:\tb\x00",
    " folded",
    "Connection: Upgrade\r\nUpgrade: websocket",
    "Expect: 100-continue",
]
Row = dict[str, Any]


@dataclass(frozen=True)
class HttpRequest:
    """An HTTP request: `target` is the path with the query, as it goes over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def bodies(row: Row) -> SearchStrategy[bytes]:
    """Return bodies: those that are right for `row`, as JSON and CSV, any JSON, and any bytes."""
    table = to_csv(list(row), [row, row])
    right = [row, [row, row, {}], [row] * 40, dict.fromkeys(row), {**row, "a": 1}, {}, []]
    tables = [table, table.replace(",", ";"), "\ufeff" + table, table * 9, table.replace("\r", ""), " ", ""]
    whole = [json.dumps(each).encode() for each in right] + [each.encode() for each in tables]
    one_value = st.builds(lambda name, value: _dump({**row, name: value}), st.sampled_from(list(row)), values)
    return st.sampled_from(whole) | st.sampled_from(whole) | one_value | st.builds(_dump, values) | st.binary()


def http_requests(row: Row) -> SearchStrategy[HttpRequest]:
    """Return requests around `row` that an HTTP client may send."""
    headers = st.sampled_from([{"Content-Type": JSON}, {"Content-Type": JSON}, {"Content-Type": CSV}])
    return st.builds(HttpRequest, st.sampled_from(METHODS), st.sampled_from(POSTS), headers, bodies(row))


def breed_request(request: HttpRequest, random: Random) -> HttpRequest:
    """Return a request like another, with something changed: mostly of its body, or a header, the path or the query."""
    if random.random() < 0.6:
        return replace(request, body=mutate(request.body, random))
    part = random.randrange(4)
    if part == 0:
        return replace(request, target=random.choice(PATHS))
    if part == 1:
        steps = random.choices(
            ["predict", "%2f", "..", ".", "/", "%C3%A9", "a", "\\", ";x", "%00", "~"], k=random.randrange(6)
        )
        return replace(request, target="/" + "".join(steps))
    if part == 2:
        return replace(request, target=f"{random.choice(POSTS)}?{random.choice(QUERIES)}")
    name = random.choice([*HEADERS, "Content-Type", "Content-Type"])
    return replace(request, headers={**request.headers, name: random.choice(HEADERS.get(name, CONTENT_TYPES))})


def wire_messages(row: Row) -> SearchStrategy[bytes]:
    """Return the bytes of a connection: requests whose framing may be wrong, and no HTTP at all."""
    return st.builds(
        partial(_frame, json.dumps(row).encode()),
        *map(st.sampled_from, (TARGETS, VERSIONS, FRAMINGS, ODD_LINES)),
        st.integers(1, 3),
    ) | st.binary(min_size=1)


def _frame(body: bytes, target: str, version: str, framing: str, odd: str, times: int) -> bytes:
    if "chunked" in framing:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    lines = [
        f"POST {target} {version}",
        "Host: a",
        f"Content-Type: {JSON}",
        *([odd] if odd else []),
        framing.format(len(body)),
    ]
    return ("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body) * times


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()
