"""The contract suite runs against any deployment: pytest tests/contract --url http://..."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.answers import TIMEOUT_S, Contract
from tests.contract.rows import make_rows, typical_row

LOCAL = ["function_url", "lambda_url"]  # fixtures: under uvicorn, and under Lambda's own runtime


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
