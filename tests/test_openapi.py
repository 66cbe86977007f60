"""The OpenAPI document says what is sent and answered, for columns of any name, and is right behind any prefix."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import jsonschema
import pytest
from playwright.sync_api import Page

from predict.model import Model
from predict.samples import code_samples
from tests.apps import TYPICAL, mixed_model, of_task, post, send, strange_model

POSTS = ["/predict", "/explain", "/predict/batch"]


def openapi(model: Model, **headers: str) -> dict[str, Any]:
    document: dict[str, Any] = send(model, "GET", "/openapi.json", headers=headers).json()
    return document


def validate(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """Raise where `value` is not of `schema`, or is where a name is misspelt."""
    closed = json.loads(json.dumps(document["components"]))
    for each in closed["schemas"].values():
        each.setdefault("additionalProperties", False)
    jsonschema.Draft202012Validator({**schema, "components": closed}).validate(value)


@pytest.mark.parametrize("model", [strange_model(), mixed_model(), of_task("multiclass"), of_task("regression")])
@pytest.mark.parametrize("path", [*POSTS, "/predict?explain=true"])
def test_answers_are_as_described(model: Model, path: str) -> None:
    row = model.document["typical_row"]
    sent = [row] + [{}] * 3_000 if path.endswith("batch") else row
    document = openapi(model)
    operation = document["paths"][path.partition("?")[0]]["post"]
    answered = operation["responses"]["200"]["content"]["application/json"]["schema"]
    validate(document, answered, post(model, sent, path).json())
    with pytest.raises(jsonschema.ValidationError):
        validate(document, answered, {})
    refused = operation["responses"]["422"]["content"]["application/problem+json"]["schema"]
    validate(document, refused, post(model, {"a": 1}, path).json())


def test_row_is_that_of_the_schema() -> None:
    model = strange_model()
    schema, typical = model.document["schema"], model.document["typical_row"]
    row = {key: value for key, value in schema.items() if key != "$schema"}
    other = {**typical, "$defs": "b"}
    for more in ({}, {"x-examples": [{"name": "Rather yes", "row": other}]}):
        model.document["schema"] = {**schema, **more}
        described = openapi(model)["components"]["schemas"]["Row"]
        assert described == {**row, "examples": [typical, other] if more else [typical]}


def test_row_of_every_kind_is_that_of_the_schema() -> None:
    described = openapi(mixed_model())["components"]["schemas"]["Row"]
    schema = {key: value for key, value in mixed_model().document["schema"].items() if key != "$schema"}
    assert described == {**schema, "examples": [TYPICAL]}
    validator = jsonschema.Draft202012Validator(described, format_checker=jsonschema.FormatChecker(["date"]))
    validator.validate(TYPICAL)
    for wrong in ({"1st": 2.5}, {'class "def"': 1}, {"'": "2024-02-30"}, {"__proto__": None}, {"2": "1"}):
        assert not validator.is_valid({**TYPICAL, **wrong}), wrong


def test_every_route_is_described_once() -> None:
    document = openapi(strange_model())
    methods = {path: list(operations) for path, operations in document["paths"].items()}
    assert methods == {
        **{path: ["post"] for path in POSTS},
        **{path: ["get"] for path in ("/schema", "/model", "/model.json", "/health", "/report")},
    }
    assert document["servers"] == [{"url": "."}]
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])


def test_docs_find_their_document_behind_any_prefix() -> None:
    assert "url: 'openapi.json'" in send(strange_model(), "GET", "/docs").text


def test_samples_ask_the_address_that_the_request_came_by() -> None:
    document = openapi(strange_model(), Host="predict.example:8443")
    for path in POSTS:
        samples = document["paths"][path]["post"]["x-codeSamples"]
        assert [sample["label"] for sample in samples] == ["curl", "Python", "JavaScript"]
        assert all(f"http://predict.example:8443{path}" in sample["source"] for sample in samples)
        assert all(sample["source"] in document["paths"][path]["post"]["description"] for sample in samples)


def test_hostile_host_is_not_repeated() -> None:
    assert "<script" not in json.dumps(openapi(strange_model(), Host='"><script>'))


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("label", ["curl", "Python"])  # JavaScript runs in tests/contract, in a browser
def test_samples_run_as_pasted(function_url: str, path: str, label: str) -> None:
    import httpx

    document = httpx.get(f"{function_url}/openapi.json").json()
    samples = {sample["label"]: sample["source"] for sample in document["paths"][path]["post"]["x-codeSamples"]}
    command = {"curl": ["sh", "-c", samples[label]], "Python": [sys.executable, "-c", samples[label]]}[label]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    assert "model_version" in printed
    assert httpx.get(f"{function_url}/health").json()["model_version"] in printed


def test_samples_hold_every_kind_of_value(page: Page) -> None:
    """In each language: true, null, quotes, and a field that JavaScript would take for something else."""
    body = [TYPICAL, {**TYPICAL, "__proto__": 'a \\"__proto__": b', 'x"__proto__': None}]
    curl, python, script = (sample["source"] for sample in code_samples("http://127.0.0.1:9/'", body))
    printed = subprocess.run(["sh", "-c", curl.replace("curl ", "printf '%s\\n' ", 1)], capture_output=True, check=True)
    assert json.loads(printed.stdout.decode().splitlines()[-1]) == body
    found: dict[str, Any] = {}
    exec(python.partition("request = ")[0], found)
    assert found["body"] == body
    sent = page.evaluate(
        f"async () => {{ let sent; const fetch = (_url, {{ body }}) => {{ sent = body; return new Response('1'); }}; {script}; return sent; }}"
    )
    assert json.loads(sent) == body
