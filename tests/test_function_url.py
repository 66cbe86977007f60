"""The function URL of this machine: requests as events, answers as responses, limits and CORS as on AWS."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest

from infra.function_url import LARGEST_BYTES, TOO_LARGE, FunctionUrl
from infra.runtime import LambdaRuntime
from tests.conftest import serve_function_url
from tests.lambdas import FUNCTIONS, needs_lambda

pytestmark = needs_lambda
DEADLINE_S = 60
BROWSER = "https://app.example"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaRuntime]:
    """The runtime with a function that answers with its event, or with what the request's body says."""
    folder = tmp_path_factory.mktemp("echo")
    (folder / "functions.py").write_text(FUNCTIONS, encoding="utf-8")
    with LambdaRuntime(folder, handler="functions.echo") as runtime:
        yield runtime


@pytest.fixture(scope="module")
def url(runtime: LambdaRuntime) -> Iterator[str]:
    with serve_function_url(FunctionUrl(runtime)) as url:
        yield url


def answer(url: str, content: object, method: str = "POST") -> httpx.Response:
    """Return the response to a request to which the function answers `content`."""
    return httpx.request(
        method, f"{url}/answer", content=json.dumps(content), headers={"Content-Type": "application/json"}
    )


def headers(response: httpx.Response) -> list[tuple[str, str]]:
    """Return the headers of a response in their order, but for those of the server."""
    return [(name, value) for name, value in response.headers.multi_items() if name not in ("date", "server")]


def test_request_is_an_event_of_payload_2(url: str) -> None:
    sent = [
        ("Host", "function.example:81"),
        ("User-Agent", "test/1"),
        ("X-Twice", "a"),
        ("X-Twice", "b"),
        ("Cookie", "one=1; two=2"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("X-Forwarded-For", "203.0.113.7"),
        ("Connection", "close"),
    ]
    started = time.time()
    response = httpx.post(f"{url}/a%20b%2Fc?x=1&x=2&empty=&y=%C3%A9", headers=sent, content='{"ü": 1}'.encode())
    event = response.json()
    port = str(httpx.URL(url).port)
    trace, context = event["headers"].pop("x-amzn-trace-id"), event["requestContext"]
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", trace)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", context.pop("requestId"))
    assert started - 1 <= context["timeEpoch"] / 1000 <= time.time() + 1
    moment = datetime.fromtimestamp(context.pop("timeEpoch") // 1000, UTC)
    assert event == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/a%20b%2Fc",
        "rawQueryString": "x=1&x=2&empty=&y=%C3%A9",
        "cookies": ["one=1", "two=2"],
        "headers": {
            "accept": "*/*",
            "accept-encoding": event["headers"]["accept-encoding"],
            "content-length": "9",
            "content-type": "application/json; charset=utf-8",
            "host": "function.example:81",
            "user-agent": "test/1",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": port,
            "x-forwarded-proto": "http",
            "x-twice": "a,b",
        },
        "queryStringParameters": {"x": "1,2", "empty": "", "y": "é"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": "function.example",
            "domainPrefix": "local",
            "http": {
                "method": "POST",
                "path": "/a%20b%2Fc",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "test/1",
            },
            "routeKey": "$default",
            "stage": "$default",
            "time": moment.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        },
        "body": '{"ü": 1}',
        "isBase64Encoded": False,
    }


def test_request_without_a_body_a_query_and_cookies_has_none_in_its_event(url: str) -> None:
    event = httpx.get(f"{url}/").json()
    assert {"body", "cookies", "queryStringParameters"} & set(event) == set()
    assert (event["rawPath"], event["rawQueryString"], event["isBase64Encoded"]) == ("/", "", False)


@pytest.mark.parametrize(
    ("content_type", "body", "is_base64"),
    [
        ("application/json", "{é}".encode(), False),
        ("Application/JSON;charset=utf-8", b"{}", False),
        ("text/csv", b"a,b\r\n", False),
        ("application/xml", b"<a/>", False),
        ("application/javascript", b"1", False),
        ("application/json", b"\xff\xfe", True),
        ("application/octet-stream", b"\x00\xff", True),
        (None, b"{}", True),
    ],
)
def test_body_is_text_or_base64_by_its_type(url: str, content_type: str | None, body: bytes, is_base64: bool) -> None:
    event = httpx.post(url, content=body, headers={"Content-Type": content_type} if content_type else {}).json()
    expected = base64.b64encode(body).decode() if is_base64 else body.decode()
    assert (event["body"], event["isBase64Encoded"]) == (expected, is_base64)


def test_answer_is_the_response(url: str) -> None:
    response = answer(
        url,
        {
            "statusCode": 201,
            "headers": {"Content-Type": "image/png", "X-Number": 3, "X-True": True, "Content-Length": "99"},
            "cookies": ["one=1; Path=/", "two=2"],
            "body": base64.b64encode(b"\x89PNG\x00").decode(),
            "isBase64Encoded": True,
        },
    )
    assert (response.status_code, response.content) == (201, b"\x89PNG\x00")
    assert headers(response) == [
        ("content-type", "image/png"),
        ("x-number", "3"),
        ("x-true", "true"),
        ("set-cookie", "one=1; Path=/"),
        ("set-cookie", "two=2"),
        ("content-length", "5"),
    ]


@pytest.mark.parametrize(
    ("content", "status", "body", "content_type"),
    [
        ({"a": [1, "b"]}, 200, '{"a": [1, "b"]}', "application/json"),
        (["a"], 200, '["a"]', "application/json"),
        ("text", 200, "text", "application/json"),
        (None, 200, "null", "application/json"),
        ({"statusCode": 404}, 404, "", None),
        ({"statusCode": "202", "body": "x"}, 202, "x", "application/json"),
        ({"statusCode": 304, "headers": {"etag": '"a"'}}, 304, "", None),
    ],
)
def test_answer_that_leaves_things_out_is_completed(
    url: str, content: object, status: int, body: str, content_type: str | None
) -> None:
    response = answer(url, content)
    assert (response.status_code, response.text, response.headers.get("content-type")) == (status, body, content_type)


def test_head_has_the_length_that_get_would_have(url: str) -> None:
    content = {"statusCode": 200, "headers": {"content-length": "77", "content-type": "text/html"}}
    assert headers(answer(url, content, "HEAD")) == [("content-length", "77"), ("content-type", "text/html")]
    assert headers(answer(url, content, "GET")) == [("content-type", "text/html"), ("content-length", "0")]


@pytest.mark.parametrize(
    "content",
    [
        {"statusCode": "no number"},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"x": "€"}},
        {"statusCode": 200, "cookies": [1]},
    ],
)
def test_answer_that_is_no_response_is_a_502(url: str, content: object) -> None:
    refused(answer(url, content), 502, "Internal Server Error")


def refused(response: httpx.Response, status: int, message: str) -> None:
    """Hold that a response is AWS's own."""
    assert (response.status_code, response.json()) == (status, {"Message": message})
    assert response.headers["content-type"] == "application/json"


def test_function_that_raises_is_a_502(url: str) -> None:
    refused(httpx.post(f"{url}/raise"), 502, "Internal Server Error")
    assert httpx.get(url).status_code == 200


def test_event_of_six_megabytes_is_the_largest(runtime: LambdaRuntime, url: str) -> None:
    def post(size: int) -> httpx.Response:
        return httpx.post(f"{url}/answer", content=b'"' + b"x" * (size - 2) + b'"', headers=kind, timeout=30)

    kind = {"Content-Type": "text/plain", "User-Agent": "test"}
    rest = len(json.dumps(httpx.post(f"{url}/answerx", content=b"x", headers=kind).json())) + len(str(LARGEST_BYTES))
    largest = LARGEST_BYTES - rest - 20
    assert len(post(largest).text) == largest - 2
    refused(post(largest + 40), 413, TOO_LARGE)
    refused(post(3 * LARGEST_BYTES), 413, TOO_LARGE)
    assert httpx.get(url).status_code == 200


def test_requests_that_overlap_are_answered_one_after_the_other(url: str) -> None:
    with ThreadPoolExecutor(8) as threads, httpx.Client(base_url=url) as client:
        responses = list(threads.map(lambda n: client.post("/answer", json=n).json(), range(64)))
    assert responses == list(range(64))


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ((BROWSER,), BROWSER, BROWSER),
        (("*",), BROWSER, "*"),
        ((BROWSER,), "https://other.example", None),
        ((BROWSER,), None, None),
        ((), BROWSER, None),
    ],
)
def test_cors_headers_are_those_of_the_configuration(
    runtime: LambdaRuntime, origins: tuple[str, ...], origin: str | None, allowed: str | None
) -> None:
    sent = {"Origin": origin} if origin else {}
    with serve_function_url(FunctionUrl(runtime, origins)) as url:
        response = httpx.get(url, headers=sent)
        preflight = httpx.options(url, headers={**sent, "Access-Control-Request-Method": "POST"})
    assert response.json()["rawPath"] == "/"
    added = [("access-control-allow-origin", allowed), ("vary", "Origin")] if allowed else []
    assert headers(response)[2:] == added
    if not origins:
        assert preflight.json()["requestContext"]["http"]["method"] == "OPTIONS"
        return
    more = [("access-control-allow-methods", "*"), ("access-control-allow-headers", "*")] if allowed else []
    assert (preflight.status_code, preflight.content) == (200, b"")
    assert headers(preflight) == [("content-length", "0"), *added, *more]


def test_preflight_lets_the_headers_of_the_page_through(runtime: LambdaRuntime) -> None:
    """A star stands for any header but Authorization, in a request without credentials."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-content-sha256"}
    with serve_function_url(FunctionUrl(runtime, (BROWSER,))) as url:
        allowed, other = (httpx.options(url, headers={**asked, "Origin": each}) for each in (BROWSER, f"{BROWSER}.org"))
    assert allowed.headers["access-control-allow-headers"] == "*"
    assert "access-control-allow-headers" not in other.headers


def test_cors_of_function_and_url_doubles_the_header_as_on_aws(runtime: LambdaRuntime) -> None:
    content = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": BROWSER}}
    with serve_function_url(FunctionUrl(runtime, (BROWSER,))) as url:
        response = httpx.post(f"{url}/answer", json=content, headers={"Origin": BROWSER})
    assert response.headers.get_list("access-control-allow-origin") == [BROWSER, BROWSER]
