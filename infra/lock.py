"""Resolve each dependency group of pyproject.toml to a requirements file with hashes, all of the same versions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ALL = "requirements-dev.txt"
GROUPS = {
    "function": "functions/predict/requirements.txt",
    "server": "infra/requirements.txt",
    "training": "training/requirements.txt",
    "cluster": "training/cluster-requirements.txt",
    "streamlit": "frontend/streamlit/requirements.txt",
    "notebook": "notebooks/requirements.txt",
    "image": "functions/requirements.txt",
    "naive": "benchmarks/naive/requirements.txt",
}
AUDIT = "infra/audit-requirements.txt"
RUNTIME_PARTS = "infra/lambda-requirements.txt"
# Each in an environment of its own, with versions of its own.
APART = {
    "sam": "infra/sam-requirements.txt",
    "checkov": "infra/checkov-requirements.txt",
    "sbom": "infra/sbom-requirements.txt",
}
LOCALSTACK = "infra/localstack"
# One version of a package for every platform and Python from 3.11 on; --no-header keeps the caller's options out.
COMPILE = ["uv", "pip", "compile", "--quiet", "--universal", "--fork-strategy", "fewest"]
FORMAT = ["--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]


def lock(group: str, output: str, *options: str) -> None:
    """Write the requirements file of one group."""
    command = [
        *COMPILE,
        "--python-version",
        "3.11",
        *FORMAT,
        *options,
        "--group",
        group,
        "pyproject.toml",
        "--output-file",
        output,
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    print(output)


def lock_localstack(*options: str) -> None:
    """Write the requirements file of LocalStack, for the Pythons of its own pyproject.toml."""
    command = [*COMPILE, "--python-version", "3.12", *FORMAT, *options, "pyproject.toml", "--output-file"]
    subprocess.run([*command, "requirements.txt"], cwd=ROOT / LOCALSTACK, check=True)
    print(f"{LOCALSTACK}/requirements.txt")


def main() -> None:
    """Lock everything together first, then each group to those versions."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    lock("dev", ALL, "--upgrade")
    for group, output in GROUPS.items():
        lock(group, output, "--upgrade", "--constraints", ALL)
    # In an environment of its own, it holds nothing back.
    lock("audit", AUDIT, "--upgrade")
    # What aws-sam-cli pins would hold back everything else, and is not installed.
    lock("lambda", RUNTIME_PARTS, "--upgrade", "--no-deps", "--constraints", ALL)
    for group, output in APART.items():
        lock(group, output, "--upgrade")
    lock_localstack("--upgrade")


if __name__ == "__main__":
    main()
