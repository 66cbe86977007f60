"""/openapi.json: it describes the rows and every answer, and its samples run as pasted.

That answers are as it says is checked with every answer of the suite.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from playwright.sync_api import Page

from tests.contract.answers import PROBLEM, TIMEOUT_S, Contract
from tests.localhost import FIND_LOCALHOST

ROUTES = ["/predict", "/explain", "/predict/batch"]
READ = ["/schema", "/model", "/model.json", "/health", "/report"]


def schemas_in(value: Any) -> Iterator[Any]:
    """Return every schema of a media type or a parameter, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get("schema"), dict):
            yield value["schema"]
        for inner in value.values():
            yield from schemas_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from schemas_in(inner)


def references_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references_in(inner)


def test_document_is_openapi_whose_schemas_are_json_schema(openapi: dict[str, Any], card: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1.")
    assert (openapi["info"]["title"], openapi["info"]["version"]) == (card["title"], card["version"])
    described = [*schemas_in(openapi["paths"]), *openapi["components"]["schemas"].values()]
    assert len(described) > len(ROUTES)
    for found in described:
        Draft202012Validator.check_schema(found)
    names = {f"#/components/schemas/{name}" for name in openapi["components"]["schemas"]}
    assert set(references_in(openapi)) <= names


def test_operations_have_their_own_ids_and_summaries(openapi: dict[str, Any]) -> None:
    assert set(openapi["paths"]) == {*ROUTES, *READ}
    operations = [operation for path in openapi["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] for operation in operations)


def test_row_is_described_as_the_schema_has_it(
    openapi: dict[str, Any], schema: dict[str, Any], row: dict[str, Any]
) -> None:
    described = openapi["components"]["schemas"]["Row"]
    apart = ("$schema", "x-limits", "x-examples", "x-missing", "examples")
    assert {key: value for key, value in described.items() if key not in apart} == {
        key: value for key, value in schema.items() if key not in apart
    }
    for path in ("/predict", "/explain"):
        content = openapi["paths"][path]["post"]["requestBody"]["content"]
        assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Row"}
    assert described["examples"] == [row, *(example["row"] for example in schema["x-examples"])]
    for example in described["examples"]:
        Draft202012Validator(described).validate(example)


@pytest.mark.parametrize("path", READ)
def test_documents_are_as_described(client: httpx.Client, contract: Contract, path: str) -> None:
    contract.validate(client.get(path))


@pytest.mark.parametrize("route", ROUTES)
def test_every_refusal_is_documented(openapi: dict[str, Any], route: str) -> None:
    operation = openapi["paths"][route]["post"]
    assert {"200", "400", "406", "413", "415", "422"} <= set(operation["responses"])
    for status, answer in operation["responses"].items():
        if status != "200":
            assert list(answer["content"]) == [PROBLEM]
    taken, given = operation["requestBody"]["content"], operation["responses"]["200"]["content"]
    media_types = {"application/json", "text/csv"} if route == "/predict/batch" else {"application/json"}
    assert (set(taken), set(given)) == (media_types, media_types)


def sources(openapi: dict[str, Any], lang: str) -> dict[str, str]:
    """Return the sample of each route in a language."""
    found = {}
    for route in ROUTES:
        samples = openapi["paths"][route]["post"]["x-codeSamples"]
        assert [sample["label"] for sample in samples] == ["curl", "Python", "JavaScript"]
        (found[route],) = [sample["source"] for sample in samples if sample["label"] == lang]
    return found


def expected(client: httpx.Client, row: dict[str, Any], route: str) -> Any:
    return client.post(route, json=[row] if route == "/predict/batch" else row).raise_for_status().json()


def test_samples_name_the_deployment(openapi: dict[str, Any], url: str) -> None:
    for lang in ("curl", "Python", "JavaScript"):
        for route, source in sources(openapi, lang).items():
            assert url + route in source


def test_curl_samples_run_as_pasted(client: httpx.Client, openapi: dict[str, Any], row: dict[str, Any]) -> None:
    for route, source in sources(openapi, "curl").items():
        ran = subprocess.run(["sh", "-c", source], capture_output=True, timeout=TIMEOUT_S, check=True)
        assert json.loads(ran.stdout) == expected(client, row, route)


def test_python_samples_run_as_pasted(
    client: httpx.Client, openapi: dict[str, Any], row: dict[str, Any], tmp_path: Path
) -> None:
    for route, source in sources(openapi, "Python").items():
        command = [sys.executable, "-I", "-c", FIND_LOCALHOST + source]
        ran = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=True, cwd=tmp_path)
        assert ast.literal_eval(ran.stdout.decode()) == expected(client, row, route)


def test_javascript_samples_run_as_pasted_into_the_console(
    client: httpx.Client, openapi: dict[str, Any], row: dict[str, Any], url: str, page: Page
) -> None:
    page.goto(f"{url}/")
    console = page.context.new_cdp_session(page)
    for route, source in sources(openapi, "JavaScript").items():
        with page.expect_console_message(lambda message: message.type == "log", timeout=1000 * TIMEOUT_S) as printed:
            ran = console.send("Runtime.evaluate", {"expression": source, "replMode": True, "awaitPromise": True})
        assert "exceptionDetails" not in ran
        (answer,) = printed.value.args
        printed_text = answer.evaluate("JSON.stringify")  # a field of any name; json_value() leaves out __proto__
        assert json.loads(printed_text) == expected(client, row, route)
