"""Versions: whether the workers of a cluster would compute what the client does."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training import ROOT
from training.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

# Of the last digits of a number too; and what talks to the client.
PACKAGES = ("joblib", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "threadpoolctl")
OF_DASK = ("cloudpickle", "dask", "distributed")
CURE = "give the workers the image or the environment of this command: see docs/scale.md"


def check_versions(client: Client, name: str) -> None:
    """Check that every worker has the client's Python, packages and code of this project.

    Raises:
        InputError: one has not.
    """
    found = client.get_versions(packages=list(PACKAGES))
    here = found["client"]["packages"]
    for address, worker in found["workers"].items():
        _compare(here, worker["packages"], f"the worker {address} of {name}")
    code = hash_folder(ROOT)
    for address, there in client.run(hash_code, on_error="return").items():
        if isinstance(there, Exception):
            raise InputError(f"the worker {address} of {name} lacks the code of this project ({there}); {CURE}")
        if there != code:
            raise InputError(f"the worker {address} of {name} has other code of this project; {CURE}")


def _compare(here: dict[str, Any], there: dict[str, Any], worker: str) -> None:
    for package in (*OF_DASK, *PACKAGES):
        if here[package] != there[package]:
            given = f"has {package} {there[package]}" if there[package] else f"has no {package}"
            raise InputError(f"{worker} {given}, this command {here[package]}; {CURE}")
    python, other = (".".join(each["python"].split(".")[:2]) for each in (here, there))
    if python != other:
        raise InputError(f"{worker} has Python {other}, this command {python}; {CURE}")


def describe_versions() -> str:
    """Return what an answer of workers depends on beside its question: Python, packages and code of this project."""
    packages = (f"{package} {version(package)}" for package in PACKAGES)
    return "\n".join([f"Python {platform.python_version()}", *packages, hash_code()])


def hash_code() -> str:
    """Return the hash of the code of this project that is imported here."""
    return hash_folder(ROOT)


def hash_folder(root: Path) -> str:
    """Return the hash of the modules under `root` that train and score."""
    digest = hashlib.sha256()
    for folder in ("training", "functions"):
        for file in sorted((root / folder).rglob("*.py")):
            digest.update(f"{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()
