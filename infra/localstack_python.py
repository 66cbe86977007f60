"""Print the Python that LocalStack's environment is made of: LOCALSTACK_PYTHON, or one of those found here."""

from __future__ import annotations

import os
import subprocess
import sys

from infra.target import Target

VERSIONS = ("3.13", "3.12")  # infra/localstack/pyproject.toml; the first as template.yaml has it


def find_python() -> str | None:
    """Return its path, if there is one of a version that LocalStack runs on."""
    named = os.environ.get("LOCALSTACK_PYTHON")
    if not named:
        return next(filter(None, (Target(version, "").find_interpreter() for version in VERSIONS)), None)
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([named, "-c", script], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return named if done.stdout.strip() in VERSIONS else None


def main() -> int:
    """Print the path and return an exit code."""
    if python := find_python():
        print(python)
        return 0
    print(
        f"Error: LocalStack needs Python {' or '.join(VERSIONS)}; put python{VERSIONS[0]} on PATH, or name one with "
        "LOCALSTACK_PYTHON=, or start a container engine",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
