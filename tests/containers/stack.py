"""Everything of docker-compose.yml, up from nothing: a copy of the repository, a project, ports and secrets of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import free_port
from training import ROOT

PORTS = ("PORT", "STREAMLIT_PORT", "JUPYTER_PORT", "POSTGRES_PORT")
SERVERS = ("function", "jupyter", "postgres", "streamlit")
ONE_SHOTS = ("load", "secrets")
LONGEST_S = 1_200


@dataclass(frozen=True)
class Stack:
    """The services of a folder with docker-compose.yml, and the ports of this machine that they have."""

    folder: Path
    ports: dict[str, int]

    def compose(self, *arguments: str) -> str:
        """Run docker compose, and return what it prints."""
        environment = {**os.environ, **{name: str(port) for name, port in self.ports.items()}}
        command = ["docker", "compose", "--project-name", f"stack-{self.ports['PORT']}", *arguments]
        run = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=LONGEST_S
        )
        assert run.returncode == 0, f"{' '.join(command)}\n{run.stdout[-3_000:]}\n{run.stderr[-6_000:]}"
        return run.stdout

    def up(self) -> None:
        self.compose("up", "--build", "--wait", "--quiet-pull")

    def containers(self) -> dict[str, dict[str, Any]]:
        """Return what `docker inspect` says of the container of each service."""
        ids = self.compose("ps", "--all", "--quiet").split()
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in inspect(*ids)}

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def secret(self, path: str) -> str:
        return (self.folder / ".secrets" / path).read_text(encoding="utf-8").strip()

    def database_url(self, user: str, password: str, database: str, sslmode: str = "verify-full") -> str:
        """Return the URL of a database as this machine sees it."""
        certificate = self.folder / ".secrets" / "jupyter" / "server.crt"
        place = f"{user}:{password}@127.0.0.1:{self.ports['POSTGRES_PORT']}/{database}"
        return f"postgresql://{place}?sslmode={sslmode}&sslrootcert={certificate}&passfile=/dev/null"


def copy_repository(folder: Path) -> Path:
    """Copy every file that git has or would add to `folder`, and return it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def make_stack(folder: Path) -> Stack:
    """Return a stack that is not up yet."""
    return Stack(copy_repository(folder), {name: free_port() for name in PORTS})


def inspect(*names: str) -> list[dict[str, Any]]:
    """Return what `docker inspect` says."""
    found: list[dict[str, Any]] = json.loads(docker("inspect", *names))
    return found


def docker(*arguments: str) -> str:
    """Run docker, and return what it prints."""
    run = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=LONGEST_S)
    assert run.returncode == 0, run.stderr
    return run.stdout


def run_contract_suite(url: str) -> None:
    """Hold the deployment at `url` to the contract that every other is held to."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract", "--url", url]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S)
    assert run.returncode == 0, run.stdout[-5_000:]
    assert re.search(r"\d{2,} passed", run.stdout)


def explain_absence() -> str | None:
    """Return why no container can be run here, or None."""
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        except FileNotFoundError:
            return "there is no docker"
        if run.returncode:
            return f"`{' '.join(command)}` fails: {run.stderr.strip().splitlines()[-1]}"
    return None
