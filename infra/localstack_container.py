"""LocalStack as the container of docker-compose.yml's profile `localstack`."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from infra.localstack_process import LocalStackError
from infra.package import ROOT

PORT_FILE = "port"


@dataclass(frozen=True)
class LocalStackContainer:
    """The LocalStack of a port; what docker says of it, and the port while it is there, are in `folder`."""

    folder: Path
    port: int
    runtime = "python3.13"  # as infra/localstack/Dockerfile has it

    @classmethod
    def find(cls, folder: Path) -> LocalStackContainer | None:
        """Return the one that was started with this folder, if any."""
        try:
            port = int((folder / PORT_FILE).read_text())
        except FileNotFoundError:
            return None
        return cls(folder, port)

    @property
    def url(self) -> str:
        """The address for the SDKs."""
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> Path:
        """What docker said."""
        return self.folder / "docker.log"

    def start(self) -> None:
        """Build the image and start the container, unless it runs, and return when it is healthy.

        Raises:
            LocalStackError: docker failed.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / PORT_FILE).write_text(f"{self.port}\n")
        self._compose("up", "--detach", "--build", "--wait", "localstack")

    def stop(self) -> None:
        """Stop and delete the container, and all that Compose has made for it."""
        self._compose("down", "--volumes", "--rmi", "local")
        (self.folder / PORT_FILE).unlink(missing_ok=True)

    def _compose(self, *words: str) -> None:
        # a project of its own: to delete all of it leaves the database of `docker compose up` alone
        command = ["docker", "compose", "--project-name", f"localstack-{self.port}", "--profile", "localstack", *words]
        environment = {**os.environ, "LOCALSTACK_PORT": str(self.port)}
        with self.log.open("ab") as log:
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise LocalStackError(f"docker compose {words[0]} failed; what it said is in {self.log}")


def has_engine() -> bool:
    """Say whether a container engine runs here, and docker compose is there to ask it."""
    try:
        asked = (["docker", "compose", "version"], ["docker", "info"])
        return all(subprocess.run(words, capture_output=True, check=False).returncode == 0 for words in asked)
    except FileNotFoundError:
        return False
