"""LocalStack as a process of this machine: started, found again, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from infra.archive import remove
from infra.package import ROOT

HOST = "127.0.0.1"
PARTS = ROOT / ".venv" / "localstack"
PYTHON, RUNTIME_CLIENT = PARTS / "bin" / "python", PARTS / "lambda"
START_DEADLINE_S, STOP_DEADLINE_S, POLL_S = 60, 20, 0.1


class LocalStackError(Exception):
    """LocalStack cannot run here; the message says why and what to do."""


@dataclass(frozen=True)
class LocalStackProcess:
    """The LocalStack of a port, whose log, files and process id are in `folder`."""

    folder: Path
    port: int

    @classmethod
    def find(cls, folder: Path) -> LocalStackProcess | None:
        """Return the one that runs with this folder, if any."""
        try:
            port = int((folder / "pid").read_text().split()[1])
        except FileNotFoundError:
            return None
        found = cls(folder, port)
        return found if found.find_process() else None

    @property
    def url(self) -> str:
        """The address for the SDKs."""
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> Path:
        """Where it says what it does."""
        return self.folder / "localstack.log"

    @property
    def runtime(self) -> str:
        """The one runtime of its functions: its own Python."""
        script = "import sys; print('python%d.%d' % sys.version_info[:2])"
        return subprocess.run([PYTHON, "-c", script], capture_output=True, text=True, check=True).stdout.strip()

    def start(self) -> None:
        """Start it, unless it runs, and return when it answers.

        Raises:
            LocalStackError: it does not come up; what it said is in `log`.
        """
        if self.find_process():
            return
        if sys.platform != "linux":
            raise LocalStackError(
                "without a container engine, LocalStack runs functions on Linux only, as Lambda's runtime client does; "
                "start an engine, such as Docker"
            )
        self._start_process()
        deadline = time.monotonic() + START_DEADLINE_S
        while not answers(f"http://{HOST}:{self.port}/_localstack/health"):
            if not self.find_process():
                raise LocalStackError(f"LocalStack ended as it started; see {self.log}")
            if time.monotonic() > deadline:
                raise LocalStackError(f"LocalStack did not answer within {START_DEADLINE_S} s; see {self.log}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Stop it, if it runs, and delete all that it left but the log."""
        if pid := self.find_process():
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + STOP_DEADLINE_S
            while self.find_process():
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                time.sleep(POLL_S)
        for name in ("files", "home"):
            remove(self.folder / name)
        (self.folder / "pid").unlink(missing_ok=True)

    def find_process(self) -> int | None:
        """Return the process id, if it is still that of a LocalStack: the number may be another's by now."""
        try:
            pid = int((self.folder / "pid").read_text().split()[0])
        except FileNotFoundError:
            return None
        ps = ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)]
        state, _, command = subprocess.run(ps, capture_output=True, text=True, check=False).stdout.partition(" ")
        return pid if "-m process_executor" in command and not state.startswith("Z") else None

    def _start_process(self) -> None:
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        # and nothing of the caller's: LocalStack reads many variables, and settings in the home folder
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(home),
            "FILESYSTEM_ROOT": str(self.folder / "files"),
            "GATEWAY_LISTEN": f"{HOST}:{self.port}",
            "LOCALSTACK_HOST": f"localhost:{self.port}",
            "LAMBDA_RUNTIME_CLIENT": str(RUNTIME_CLIENT),
        }
        # a child of nobody here: it goes on when this program has ended and the terminal is closed
        detach = 'log=$1; shift; "$@" </dev/null >"$log" 2>&1 & echo $!'
        words = ["sh", "-c", detach, "sh", str(self.log), str(PYTHON), "-m", "process_executor"]
        started = subprocess.run(
            words, cwd=home, env=environment, start_new_session=True, capture_output=True, text=True, check=True
        )
        (self.folder / "pid").write_text(f"{started.stdout.strip()} {self.port}\n")


def answers(url: str) -> bool:
    """Say whether something answers there."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # nosec B310
            return True
    except OSError:
        return False
