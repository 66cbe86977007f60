"""The deployments that are fuzzed: each with its address, what its process holds, and its log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.function_url import FunctionUrl
from infra.runtime import LambdaRuntime
from tests.conftest import serve, serve_function_url


@dataclass(frozen=True)
class Deployment:
    """A function that is served at `url` by a child process of this one, whose command has the word `command`."""

    url: str
    command: str
    log: Path

    def memory_mib(self) -> float:
        """Return what its process holds now."""
        children = [each for each in psutil.Process().children(recursive=True) if each.name().startswith("python")]
        (found,) = [child for child in children if self.command in " ".join(child.cmdline())]
        return float(found.memory_info().rss) / 2**20


@contextmanager
def under_uvicorn(model: Path, folder: Path) -> Iterator[Deployment]:
    """Serve a model.json by uvicorn; the log goes to `folder`."""
    log = folder / "uvicorn.log"
    with log.open("wb") as file, serve(model, log=file) as url:
        yield Deployment(url, "predict.main:app", log)


@contextmanager
def under_lambda(package: Path, folder: Path) -> Iterator[Deployment]:
    """Serve a package by Lambda's own runtime, behind a function URL; the log goes to `folder`."""
    log = folder / "lambda.log"
    with (
        log.open("wb") as file,
        LambdaRuntime(package, log=file) as runtime,
        serve_function_url(FunctionUrl(runtime)) as url,
    ):
        yield Deployment(url, "-m awslambdaric", log)
