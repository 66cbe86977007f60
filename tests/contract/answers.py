"""The checks that every answer has to pass, made of the deployment's own OpenAPI document."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator

PROBLEM = "application/problem+json"
TIMEOUT_S = 10  # in which every answer has to be there, whatever was sent


class Contract:
    """Checks answers against an OpenAPI document; `prefix` is what the deployment's paths begin with."""

    def __init__(self, document: dict[str, Any], prefix: str) -> None:
        self.document = document
        self.prefix = prefix.rstrip("/")
        self._validator = cache(self._make_validator)

    def check(self, response: httpx.Response) -> None:
        """Fail unless an answer has the headers of every answer, and is what its operation's documentation says."""
        response.read()
        method, status = response.request.method, response.status_code
        assert status < 500, response.text[:1000]
        assert response.headers["x-model-version"] == self.document["info"]["version"]
        assert response.headers["x-request-id"]
        if status >= 400 and method != "HEAD":
            refused(response, status)
        path = response.request.url.path.removeprefix(self.prefix)
        if status not in (404, 405) and method.lower() in self.document["paths"].get(path, {}):
            self.validate(response)

    def validate(self, response: httpx.Response) -> None:
        """Fail unless the status, the media type and the JSON of an answer are documented."""
        path = response.request.url.path.removeprefix(self.prefix)
        media_type = media_type_of(response)
        validator = self._validator(path, response.request.method.lower(), str(response.status_code), media_type)
        if media_type.endswith("json") and response.status_code != 304:
            validator.validate(read_json(response.content))

    def _make_validator(self, path: str, method: str, status: str, media_type: str) -> Draft202012Validator:
        answers = self.document["paths"][path][method]["responses"]
        assert status in answers, f"{method} {path} documents no {status}, only {', '.join(answers)}"
        content = answers[status].get("content", {media_type: {}})  # 304 has the headers of what it does not send
        assert media_type in content, f"{method} {path} documents no {media_type} for {status}"
        schema = content[media_type].get("schema", {})
        return Draft202012Validator({**schema, "components": self.document["components"]})


def media_type_of(response: httpx.Response) -> str:
    """Return the media type of an answer without its parameters, an empty text where there is none."""
    header: str = response.headers.get("content-type", "")
    return header.partition(";")[0]


def read_json(content: bytes) -> Any:
    """Return the value of a JSON text in UTF-8, which names no number that JSON does not have."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(content.decode(), parse_constant=refuse)


def refused(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return the problem details of a refusal, once they are of the right form."""
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM), response.text[:1000]
    problem: dict[str, Any] = read_json(response.content)
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert ("errors" in problem) == (status == 422)
    for error in problem.get("errors", []):
        place = "parameter" if "parameter" in error else "pointer"
        assert set(error) == {place, "detail", "given", "allowed", "suggestion"}
        assert len(str(error["given"])) <= 100
    return problem


def pointer(*names: str) -> str:
    """Return the JSON pointer (RFC 6901) of a field."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
