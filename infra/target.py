"""What a package is built for: a Python version on an architecture, as Lambda has them or as this machine does."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Lambda's Pythons on Amazon Linux 2023, whose glibc 2.34 runs wheels of both platforms; 3.11 is on an older Linux.
PYTHONS = ("3.12", "3.13", "3.14")
PLATFORMS = ("manylinux_2_28", "manylinux2014")
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}  # Lambda's word: Linux's and the wheels' word
PROBE = "import sys; print(sys.implementation.cache_tag, sys.version_info.releaselevel)"
PROBE_DEADLINE_S = 30


class PackageError(Exception):
    """The package cannot be built or used; the message says why."""


@dataclass(frozen=True)
class Target:
    """The Python version, such as "3.13", and the machine, such as "aarch64", that a package is built for."""

    python: str
    machine: str
    is_host: bool = False

    @classmethod
    def of_lambda(cls, runtime: str, architecture: str) -> Target:
        """Return what Lambda calls by these names, such as python3.13 and arm64.

        Raises:
            PackageError: the runtime or the architecture is none of those known here.
        """
        runtimes = {f"python{version}": version for version in PYTHONS}
        for name, given, known in (("RUNTIME", runtime, runtimes), ("ARCH", architecture, MACHINES)):
            if given not in known:
                raise PackageError(f"{name}={given} is not known; choose {' or '.join(known)}")
        return cls(runtimes[runtime], MACHINES[architecture])

    @property
    def tag(self) -> str:
        """The name that this Python gives to its compiled files, such as cpython-313."""
        return "cpython-" + self.python.replace(".", "")

    @property
    def pip_options(self) -> list[str]:
        """Pip's options to install for this target."""
        if self.is_host:
            return []
        platforms = [option for name in PLATFORMS for option in ("--platform", f"{name}_{self.machine}")]
        return ["--implementation", "cp", "--python-version", self.python, *platforms]

    def find_interpreter(self) -> str | None:
        """Return the path of an interpreter on this machine whose .pyc files this target's Python reads, if any."""
        return next((path for path in self._candidates() if self._is_compiled_by(path)), None)

    def _candidates(self) -> Iterator[str]:
        name = f"python{self.python}"
        yield sys.executable
        if on_path := shutil.which(name):  # which may be a shim of pyenv for a version that is not chosen, and fail
            yield on_path
        home = Path.home()
        uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local" / "share" / "uv" / "python")
        pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
        for found in (*uv.glob(f"cpython-{self.python}*"), *pyenv.glob(f"{self.python}*")):
            yield str(found / "bin" / name)

    def _is_compiled_by(self, interpreter: str) -> bool:
        """Say whether this interpreter runs, and is a release of the version: an alpha's .pyc files differ."""
        try:
            command = [interpreter, "-I", "-c", PROBE]
            done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_DEADLINE_S, check=True)
        except (OSError, subprocess.SubprocessError):
            return False
        return done.stdout.split() == [self.tag, "final"]


HOST = Target(f"{sys.version_info.major}.{sys.version_info.minor}", platform.machine(), is_host=True)
