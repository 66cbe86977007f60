"""The contract suite runs against any deployment: pytest tests/contract --url http://..."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

TIMEOUT_S = 10


@pytest.fixture(scope="session")
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A client of the deployment named by --url, else of the function under uvicorn."""
    url = request.config.getoption("--url") or request.getfixturevalue("function_url")
    with httpx.Client(base_url=url, timeout=TIMEOUT_S) as client:
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
    return {name: value["x-example"] for name, value in schema["properties"].items()}
