"""The local cloud that tests share: LocalStack with the process executor, and template.yaml deployed to it."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from infra import local_cloud as program
from infra.localstack_process import PYTHON, LocalStackProcess
from infra.package import OUT, ROOT
from predict.aws import make_client
from tests.localhost import free_port

INSTALLED = ROOT / ".venv" / "localstack" / "installed"


@dataclass(frozen=True)
class Deployed:
    """What `make localstack` has printed: where everything is."""

    printed: str

    @property
    def function_url(self) -> str:
        return self._find("The function, from its URL: ")

    @property
    def website_url(self) -> str:
        return self._find("The page, from the website bucket: ")

    def _find(self, name: str) -> str:
        (line,) = (line for line in self.printed.splitlines() if line.startswith(name))
        return line.removeprefix(name).strip()


@dataclass(frozen=True)
class LocalCloud(Deployed):
    """LocalStack, the folder of its log and files, and what is deployed to it."""

    localstack: LocalStackProcess
    folder: Path

    def client(self, service: str) -> Any:
        return make_client(service, self.localstack.url)


def prepare(patch: pytest.MonkeyPatch, folder: Path, model: Path, port: int) -> None:
    """Let the program use this model, a package and a template in `folder`, and a port; no variable of AWS stays."""
    template = program.TEMPLATE.read_text(encoding="utf-8")
    code = f"CodeUri: {OUT.relative_to(ROOT).as_posix()}\n"
    assert code in template
    (folder / "template.yaml").write_text(template.replace(code, f"CodeUri: {folder / 'function'}\n"), encoding="utf-8")
    patch.setattr(program, "TEMPLATE", folder / "template.yaml")
    patch.setattr(program, "OUT", folder / "function")
    patch.setattr(program, "PACKAGED_MODEL", model)
    for name in (*program.CREDENTIALS, *program.NOT_READ, "AWS_ENDPOINT_URL"):
        patch.setenv(name, "")  # so that they are as before at the end
        patch.delenv(name)
    patch.setenv("LOCALSTACK_PORT", str(port))
    patch.setenv("LOCALSTACK_PYTHON", str(PYTHON))  # a process, even where a container engine runs


@pytest.fixture(scope="session")
def local_cloud(trained: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """The births model, deployed with its page; at the end, nothing of it may be left."""
    if not INSTALLED.is_file():
        pytest.skip("LocalStack is not installed (make localstack, with Python 3.12 or 3.13): its tests did not run")
    folder, port = tmp_path_factory.mktemp("cloud"), free_port()
    with pytest.MonkeyPatch.context() as patch:
        prepare(patch, folder, trained.path, port)
        printed = run_up(folder / "localstack")
    localstack = LocalStackProcess.find(folder / "localstack")
    assert localstack
    assert localstack.port == port
    try:
        yield LocalCloud(printed, localstack, folder)
    finally:
        processes = psutil.Process(localstack.find_process()).children(recursive=True)
        program.down(folder / "localstack")
    assert psutil.wait_procs(processes, timeout=10)[1] == []
    assert not (folder / "localstack").exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def run_up(folder: Path) -> str:
    """Do what `make localstack` does, and return what it prints."""
    with redirect_stdout(io.StringIO()) as printed:
        program.up(folder)
    return printed.getvalue()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clients of tests ask as the program does."""
    for name, value in program.CREDENTIALS.items():
        monkeypatch.setenv(name, value)
