"""Bodies that cannot be read: each is refused with the status that says why, never with a failure, and in time."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from tests.contract.answers import PROBLEM, TIMEOUT_S, media_type_of, refused

JSON = {"Content-Type": "application/json"}
ROUTES = ["/predict", "/explain", "/predict/batch"]


@pytest.fixture(params=ROUTES)
def route(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def body(route: str, row: dict[str, Any]) -> bytes:
    """A body that the route takes."""
    return json.dumps([row] if route == "/predict/batch" else row).encode()


def test_good_body_is_taken_by_every_name_of_json(client: httpx.Client, route: str, body: bytes) -> None:
    for media_type in (
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; charset=us-ascii",
        "application/vnd.example+json",
    ):
        response = client.post(route, content=body, headers={"Content-Type": media_type})
        assert response.status_code == 200, response.text
    plain = client.post(route, content=body, headers={**JSON, "Content-Encoding": "identity"})
    assert plain.status_code == 200, plain.text


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"a": 1,}',
        "{'a': 1}",
        "{} {}",
        "nan",
        "01",
        "+1",
        '"\n"',
        "// {}",
        "[1, 2",
        "\x00",
        "\u2028",
        '{"a": tru}',
    ],
)
def test_body_that_is_no_json_is_refused(client: httpx.Client, route: str, text: str) -> None:
    assert "JSON" in refused(client.post(route, content=text.encode(), headers=JSON), 400)["detail"]


@pytest.mark.parametrize("content", [b"", b" ", b"\r\n\t"])
def test_empty_body_is_refused(client: httpx.Client, route: str, content: bytes) -> None:
    assert "empty" in refused(client.post(route, content=content, headers=JSON), 400)["detail"]


def test_byte_order_mark_is_refused(client: httpx.Client, route: str, body: bytes) -> None:
    response = client.post(route, content=b"\xef\xbb\xbf" + body, headers=JSON)
    assert "byte order mark" in refused(response, 400)["detail"]


@pytest.mark.parametrize("content", [b"\xff", b"\xff\xfe{\x00}\x00", b"\x00\x00\x00{", b"\xc0\xaf", b"\xed\xa0\x80"])
def test_body_that_is_not_utf8_is_refused(client: httpx.Client, route: str, content: bytes) -> None:
    refused(client.post(route, content=content, headers=JSON), 400)


@pytest.mark.parametrize("place", [0, 1])
def test_field_named_twice_is_refused(client: httpx.Client, route: str, row: dict[str, Any], place: int) -> None:
    name = next(iter(row))
    text = json.dumps(row)
    twice = [f"{{{json.dumps(name)}: 1, {text[1:]}", f"{text[:-1]}, {json.dumps(name)}: 1}}"][place]
    content = f"[{twice}]" if route == "/predict/batch" else twice
    assert json.dumps(name) in refused(client.post(route, content=content, headers=JSON), 400)["detail"]


def test_last_of_very_many_fields_named_twice_is_refused(client: httpx.Client, schema: dict[str, Any]) -> None:
    """To look for it with every other name would take minutes."""
    names = [f'"{number:06}":1' for number in range(schema["x-limits"]["max_body_bytes"] // 13)]
    response = client.post("/predict", content=f"{{{','.join([*names, names[-1]])}}}", headers=JSON)
    refused(response, 400)


@pytest.mark.parametrize(
    ("opening", "middle", "closing"),
    [("[", "", "]"), ("[", "", ""), ('{"a":', "1", "}"), ('{"a":', "", ""), ('[{"":', "1", "}]")],
)
def test_deep_nesting_is_refused(client: httpx.Client, route: str, opening: str, middle: str, closing: str) -> None:
    for depth in (1_500, 100_000):
        content = opening * depth + middle + closing * depth
        response = client.post(route, content=content, headers=JSON)
        if response.status_code == 200:  # some interpreters read so deep: it is a batch of one row, which is none
            (result,) = response.json()["results"]
            assert (depth, result["problem"]["status"]) == (1_500, 422)
        else:
            assert response.status_code in (400, 422)
            refused(response, response.status_code)


def test_deep_value_of_a_field_is_refused(client: httpx.Client, row: dict[str, Any]) -> None:
    for depth in (50, 500, 900, 100_000):
        value = "[" * depth + "]" * depth
        response = client.post("/predict", content=f"{{{json.dumps(next(iter(row)))}: {value}}}", headers=JSON)
        assert response.status_code in (400, 422)
        refused(response, response.status_code)


@pytest.mark.parametrize("count", [5_000, 100_000])
def test_number_of_too_many_digits_is_refused(client: httpx.Client, route: str, count: int) -> None:
    for number in ("9" * count, "-" + "9" * count):
        detail = refused(client.post(route, content=number, headers=JSON), 400)["detail"]
        assert "digits" in detail
        assert len(detail) < 300


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity", pytest.param("x" * 1000, id="long")])
def test_compressed_body_is_refused(
    client: httpx.Client, route: str, body: bytes, encoding: str, request: pytest.FixtureRequest
) -> None:
    headers = {**JSON, "Content-Encoding": encoding}
    response = client.post(route, content=gzip.compress(body), headers=headers)
    is_localstack = "localstack_url" in request.node.name or request.config.getoption("--url")
    if response.status_code == 200 and is_localstack:  # its front unpacks gzip
        assert response.json() == client.post(route, content=body, headers=JSON).json()
        return
    assert "Content-Encoding" in refused(response, 415)["detail"]
    assert response.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        "application/jsonp",
        "text/json",
        "json",
        "/",
        ";",
        "application/json, text/csv",
        "*/*",
    ],
)
def test_body_that_does_not_say_what_it_is_is_refused(
    client: httpx.Client, route: str, body: bytes, content_type: str | None
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = client.post(route, content=body, headers=headers)
    assert "Content-Type: application/json" in refused(response, 415)["detail"]


@pytest.mark.parametrize(
    "charset", ["utf-16", "latin-1", "iso-8859-1", '"utf-7"', "no-such", pytest.param("x" * 1000, id="long")]
)
def test_other_charset_is_refused(client: httpx.Client, route: str, body: bytes, charset: str) -> None:
    headers = {"Content-Type": f"application/json; charset={charset}"}
    assert "charset" in refused(client.post(route, content=body, headers=headers), 415)["detail"]


def test_body_over_the_limit_is_refused(client: httpx.Client, route: str, schema: dict[str, Any]) -> None:
    limit = schema["x-limits"]["max_body_bytes"]
    response = client.post(route, content=b" " * (limit + 1), headers=JSON)
    assert f"{limit:,}" in refused(response, 413)["detail"]


def test_body_of_just_the_limit_is_read(client: httpx.Client, row: dict[str, Any], schema: dict[str, Any]) -> None:
    padded = json.dumps(row).encode().ljust(schema["x-limits"]["max_body_bytes"])
    assert client.post("/predict", content=padded, headers=JSON).status_code == 200


def test_body_of_7_mb_is_refused(url: str, schema: dict[str, Any]) -> None:
    """By the function or by what is in front of it: Lambda takes no more than 6 MB."""
    size = max(7_000_000, schema["x-limits"]["max_body_bytes"] + 1)
    response = httpx.post(f"{url}/predict/batch", content=b" " * size, headers=JSON, timeout=TIMEOUT_S)
    if response.status_code == 200:  # `sam local` has no such limit: its emulator cuts the event off, and says so
        assert response.json()["errorType"] == "Runtime.UnmarshalError"
        return
    assert response.status_code == 413
    if media_type_of(response) == PROBLEM:
        refused(response, 413)
