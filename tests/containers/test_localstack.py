"""`make localstack` where a container engine runs: LocalStack is a container, as shut as the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from infra import local_cloud as program
from infra.localstack_container import LocalStackContainer
from predict.model import Model
from tests.clouds import Deployed, prepare, run_up
from tests.conftest import Trained, free_port
from tests.containers.rights import check_ports, check_processes, check_rights
from tests.containers.stack import docker, inspect, run_contract_suite
from tests.pages import ask_through_the_page
from training import ROOT


@pytest.fixture(scope="session")
def folder(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of `make localstack`; at the end, nothing of it may be left."""
    if not (ROOT / ".venv" / "sam" / "installed").is_file():
        pytest.skip("there is no SAM CLI (make .venv/sam/installed): LocalStack's container was not tried")
    folder = tmp_path_factory.mktemp("container") / "localstack"
    yield folder
    project = project_of(folder)
    program.down(folder)
    assert not folder.exists()
    assert find_all(project) == []


def project_of(folder: Path) -> str:
    """Return the name by which Compose knows what was started with a folder."""
    started = LocalStackContainer.find(folder)
    assert started
    return f"localstack-{started.port}"


def find_all(project: str) -> list[str]:
    """Return the containers, networks, volumes and images of a project."""
    of_it = ["--quiet", "--filter", f"label=com.docker.compose.project={project}"]
    asked = (["ps", "--all", *of_it], *([kind, "ls", *of_it] for kind in ("network", "volume", "image")))
    return [found for words in asked for found in docker(*words).split()]


@pytest.fixture(scope="session")
def run(folder: Path, trained: Trained) -> Any:
    """Does what `make localstack` does, and returns where everything is."""

    def run_it() -> Deployed:
        with pytest.MonkeyPatch.context() as patch:
            prepare(patch, folder.parent, trained.path, free_port())
            patch.delenv("LOCALSTACK_PYTHON")
            return Deployed(run_up(folder))

    return run_it


@pytest.fixture(scope="session")
def deployed(run: Any) -> Deployed:
    found: Deployed = run()
    return found


@pytest.fixture
def container(deployed: Deployed, folder: Path) -> dict[str, Any]:
    (found,) = docker("ps", "--quiet", "--filter", f"label=com.docker.compose.project={project_of(folder)}").split()
    (inspected,) = inspect(found)
    return inspected


def test_container_has_no_more_rights_than_needed(container: dict[str, Any]) -> None:
    check_rights(container, [])
    check_processes(container)
    check_ports(container)
    assert container["Mounts"] == []  # above all, not the engine's socket


def test_contract_suite_passes(deployed: Deployed) -> None:
    run_contract_suite(deployed.function_url)


def test_page_of_the_website_asks_the_function_url(deployed: Deployed, page: Page, model: Model) -> None:
    ask_through_the_page(page, deployed, model)


def test_second_run_deploys_to_the_one_that_runs(
    deployed: Deployed, container: dict[str, Any], run: Any, folder: Path
) -> None:
    again = run()
    assert "starting" not in again.printed
    assert (again.function_url, again.website_url) == (deployed.function_url, deployed.website_url)
    found = LocalStackContainer.find(folder)
    assert found
    assert f":{found.port}" in deployed.function_url
    (now,) = inspect(container["Id"])
    assert now["State"]["StartedAt"] == container["State"]["StartedAt"]
