"""`make localstack`: template.yaml on LocalStack, its page and its function across origins, and what can go wrong."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from playwright.sync_api import Page

from infra import local_cloud as program
from infra.localstack_process import LocalStackError, LocalStackProcess
from predict.model import Model
from tests.clouds import INSTALLED, LocalCloud, prepare, run_up
from tests.conftest import Trained
from tests.localhost import free_port
from tests.pages import ask_through_the_page

PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def test_printed_request_is_answered(local_cloud: LocalCloud, model: Model) -> None:
    curl = local_cloud.printed[local_cloud.printed.index("curl ") :]
    done = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == model.predict(model.document["typical_row"])


def test_page_of_the_website_asks_the_function_url(local_cloud: LocalCloud, page: Page, model: Model) -> None:
    ask_through_the_page(page, local_cloud, model)


@pytest.mark.parametrize("headers", [{}, PREFLIGHT])
def test_cors_headers_are_sent_once_and_to_the_website_only(local_cloud: LocalCloud, headers: Any) -> None:
    method = "OPTIONS" if headers else "GET"
    theirs, others = (
        httpx.request(method, f"{local_cloud.function_url}/health", headers={"Origin": origin, **headers}).headers
        for origin in (local_cloud.website_url, "https://elsewhere.example")
    )
    expected = {
        "access-control-allow-origin": [local_cloud.website_url],
        "access-control-expose-headers": ["x-model-version,x-request-id"],
    }
    if headers:
        expected |= {
            "access-control-allow-methods": ["GET,HEAD,POST"],
            "access-control-allow-headers": ["content-type,x-amz-content-sha256"],
            "access-control-max-age": ["3600"],
        }
    names = {name for name in theirs if name.startswith("access-control-")}
    assert {name: theirs.get_list(name) for name in names} == expected
    assert not [name for name in others if name.startswith("access-control-")]


def test_website_serves_the_page(local_cloud: LocalCloud) -> None:
    """And nothing else is in its bucket, which tests/test_deployment.py has."""
    assert httpx.get(f"{local_cloud.website_url}/config.json").json() == {"api": local_cloud.function_url}
    types = {name: httpx.get(f"{local_cloud.website_url}/{name}").headers["content-type"] for name in ("", "app.js")}
    assert types == {"": "text/html; charset=utf-8", "app.js": "text/javascript; charset=utf-8"}
    assert httpx.get(f"{local_cloud.website_url}/none.js").status_code == 404


def test_localstack_listens_on_this_machine_only(local_cloud: LocalCloud) -> None:
    process = psutil.Process(local_cloud.localstack.find_process())
    family = [process, *process.children(recursive=True)]
    listening = {found.laddr.ip for each in family for found in each.net_connections() if found.status == "LISTEN"}
    assert listening == {"127.0.0.1"}


def test_second_run_deploys_to_the_one_that_runs(
    local_cloud: LocalCloud, trained: Trained, monkeypatch: pytest.MonkeyPatch, credentials: None
) -> None:
    """Even where another port is asked for."""
    process = local_cloud.localstack.find_process()
    prepare(monkeypatch, local_cloud.folder, trained.path, free_port())
    again = run_up(local_cloud.folder / "localstack")
    assert "starting" not in again
    assert again[again.index("The function, ") :] == local_cloud.printed[local_cloud.printed.index("The function, ") :]
    assert LocalStackProcess.find(local_cloud.folder / "localstack") == local_cloud.localstack
    assert local_cloud.localstack.find_process() == process
    assert httpx.get(f"{local_cloud.function_url}/health").status_code == 200


def test_endpoint_that_is_named_is_deployed_to_and_nothing_is_started(
    local_cloud: LocalCloud, trained: Trained, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prepare(monkeypatch, tmp_path, trained.path, free_port())
    monkeypatch.setenv("RUNTIME", local_cloud.localstack.runtime)
    monkeypatch.setenv("ARCH", program.host_architecture())
    for name, value in {**program.CREDENTIALS, "AWS_ENDPOINT_URL": local_cloud.localstack.url}.items():
        monkeypatch.setenv(name, value)
    assert local_cloud.function_url in run_up(tmp_path / "localstack")
    assert [path.name for path in (tmp_path / "localstack").iterdir()] == ["deploy.log"]


needs_localstack = pytest.mark.skipif(not INSTALLED.is_file(), reason="LocalStack is not installed (make localstack)")


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch, trained: Trained, tmp_path: Path) -> Path:
    prepare(monkeypatch, tmp_path, trained.path, free_port())
    return tmp_path / "localstack"


@needs_localstack
def test_taken_port_is_named(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("LOCALSTACK_PORT", str(port))
        with pytest.raises(ValueError, match=rf"^port {port} is taken .*: make localstack LOCALSTACK_PORT={port + 1}$"):
            program.up(prepared)
    assert list(prepared.iterdir()) == []


@needs_localstack
def test_localstack_that_ends_leaves_its_log_only(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.localstack_process.RUNTIME_CLIENT", "")
    monkeypatch.setattr("infra.localstack_process.HOST", "192.0.2.1")  # no address of this machine
    monkeypatch.setattr("infra.localstack_process.START_DEADLINE_S", 30)
    with pytest.raises(LocalStackError, match=rf"^LocalStack ended as it started; see {prepared}/localstack\.log$"):
        program.up(prepared)
    assert [path.name for path in prepared.iterdir()] == ["localstack.log"]
    assert "192.0.2.1" in (prepared / "localstack.log").read_text()


@needs_localstack
def test_deployment_that_fails_stops_what_was_started(
    prepared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    template = program.TEMPLATE.read_text(encoding="utf-8")
    program.TEMPLATE.write_text(template.replace("CodeUri: ", "CodeUri: no/such/folder/"), encoding="utf-8")
    monkeypatch.setattr(program.up, "__defaults__", (prepared,))
    assert program.main(["up"]) == 2
    told = capsys.readouterr().err
    assert re.fullmatch(rf"Error: sam deploy failed: .+; all that it said is in {prepared}/deploy\.log\n", told)
    assert {path.name for path in prepared.iterdir()} == {"localstack.log", "deploy.log"}
    assert LocalStackProcess.find(prepared) is None
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(os.environ.get("LOCALSTACK_PORT", "1")))) != 0


def test_down_where_nothing_runs_is_no_error(tmp_path: Path) -> None:
    program.down(tmp_path / "none")
    (tmp_path / "pid").write_text(f"{os.getpid()} 1\n")  # of a process that is no LocalStack
    program.down(tmp_path)
    assert not tmp_path.exists()
