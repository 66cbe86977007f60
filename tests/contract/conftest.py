"""The contract suite runs against any deployment: pytest tests/contract --url http://..."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from predict.model import document_version
from tests.clouds import LocalCloud
from tests.conftest import serve
from tests.contract.answers import TIMEOUT_S, Contract
from tests.contract.rows import make_rows, typical_row
from tests.documents import make_mixed_document

# Fixtures: the births under uvicorn, under Lambda's own runtime, and deployed to LocalStack, and fields of every kind with other targets.
LOCAL = ["function_url", "lambda_url", "localstack_url", "classes_url", "number_url"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test against the deployment named by --url, else against those of this machine."""
    if "url" in metafunc.fixturenames:
        named = metafunc.config.getoption("--url")
        metafunc.parametrize("url", [named] if named else LOCAL, indirect=True, scope="session")


@pytest.fixture(scope="session")
def url(request: pytest.FixtureRequest) -> str:
    """The address of the deployment, without a slash at its end."""
    address: str = request.getfixturevalue(request.param) if request.param in LOCAL else request.param
    return address.rstrip("/")


@pytest.fixture(scope="session")
def localstack_url(local_cloud: LocalCloud) -> str:
    """The function URL of the stack that LocalStack runs."""
    return local_cloud.function_url


@pytest.fixture(scope="session")
def classes_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a model that tells several classes apart, from fields of every kind."""
    with serve(save_mixed_model("multiclass", tmp_path_factory.mktemp("classes"))) as url:
        yield url


@pytest.fixture(scope="session")
def number_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a model that predicts a number, from fields of every kind."""
    with serve(save_mixed_model("regression", tmp_path_factory.mktemp("number"))) as url:
        yield url


def save_mixed_model(task: str, folder: Path) -> Path:
    """Write a model.json with fields of every kind and the hash of a table, and return its path."""
    document = make_mixed_document(task)
    document["provenance"]["data"]["content_sha256"] = "0" * 64
    path = folder / "model.json"
    path.write_text(json.dumps({**document, "version": document_version(document)}), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def openapi(url: str) -> dict[str, Any]:
    document: dict[str, Any] = httpx.get(f"{url}/openapi.json", timeout=TIMEOUT_S).raise_for_status().json()
    return document


@pytest.fixture(scope="session")
def contract(url: str, openapi: dict[str, Any]) -> Contract:
    return Contract(openapi, httpx.URL(url).path)


@pytest.fixture(scope="session")
def client(url: str, contract: Contract) -> Iterator[httpx.Client]:
    """A client of the deployment that checks every answer."""
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, event_hooks={"response": [contract.check]}) as client:
        yield client


@pytest.fixture(scope="session")
def schema(client: httpx.Client) -> dict[str, Any]:
    schema: dict[str, Any] = client.get("/schema").raise_for_status().json()
    return schema


@pytest.fixture(scope="session")
def card(client: httpx.Client) -> dict[str, Any]:
    card: dict[str, Any] = client.get("/model").raise_for_status().json()
    return card


@pytest.fixture
def row(schema: dict[str, Any]) -> dict[str, Any]:
    """The typical row."""
    return typical_row(schema)


@pytest.fixture(scope="session")
def rows(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows that reach every choice, or evenly spaced ones of many."""
    return make_rows(schema)
