"""The stack, up once for all tests of this folder, and removed with its volume and images at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.containers.stack import Stack, explain_absence, make_stack


@pytest.fixture(scope="session")
def engine() -> None:
    """The container engine; tests are skipped where there is none."""
    if absence := explain_absence():
        pytest.skip(f"{absence}: the tests of the containers did not run")


@pytest.fixture(scope="session")
def stack(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything, healthy."""
    stack = make_stack(tmp_path_factory.mktemp("stack") / "repository")
    try:
        stack.up()
        yield stack
    finally:
        stack.compose("down", "--volumes", "--rmi", "local", "--timeout", "5")
