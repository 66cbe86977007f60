"""Serve the package under Lambda's own runtime, behind a function URL, until Ctrl-C: `make lambda`."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from dataclasses import fields
from pathlib import Path

from infra.archive import unpack_read_only
from infra.demo import free_port
from infra.emulator import LambdaRuntimeError, find_emulator
from infra.function_url import FunctionUrl, make_server
from infra.package import ROOT, build
from infra.ready import make_curl
from infra.runtime import HOST, LambdaRuntime
from infra.target import PackageError
from predict.model import ModelError, load_model
from predict.settings import Settings, SettingsError

OUT = ROOT / "build" / "lambda"  # a folder for each port
PORT = 9090


def main() -> int:
    """Build the package, serve it until Ctrl-C, and return an exit code."""
    # uvicorn sends itself the signal again when it has finished; the runtime has to be stopped then too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, lambda _signal, _frame: signal.raise_signal(signal.SIGTERM))
    try:
        port = free_port("LAMBDA_PORT", PORT, "lambda")
        listening = socket.create_server((HOST, port))  # before the build, so that nobody else takes it meanwhile
        package = OUT / str(port)
        origins = read_origins(os.environ.get("FUNCTION_URL_ORIGINS", ""))
        model = ROOT / Settings.from_environment(os.environ).model_path
        row = load_model(model).document["typical_row"]
        find_emulator()
        OUT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=OUT, prefix=".new-") as folder:
            unpack_read_only(build(Path(folder) / "function", model=model), package)
        serve(
            listening,
            package,
            origins,
            f"""
The function under Lambda's own runtime:  http://{HOST}:{port}
Its API, to read and try:                 http://{HOST}:{port}/docs

{make_curl(f"http://{HOST}:{port}", row)}

Ctrl-C stops everything.""",
        )
    except (ValueError, LambdaRuntimeError, ModelError, PackageError, SettingsError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def read_origins(text: str) -> tuple[str, ...]:
    """Return the origins of FUNCTION_URL_ORIGINS.

    Raises:
        SettingsError: one of them is no origin.
    """
    origins = tuple(part.strip() for part in text.split(",") if part.strip())
    for origin in origins:
        if origin != "*" and not origin.startswith(("http://", "https://")):
            raise SettingsError(f"FUNCTION_URL_ORIGINS has {origin}; give origins such as https://example.com, or *")
    return origins


def serve(listening: socket.socket, package: Path, origins: tuple[str, ...], greeting: str) -> None:
    """Run a package and serve it on a socket until a signal ends it, which comes as KeyboardInterrupt."""
    settings = [field.name.upper() for field in fields(Settings)]
    variables = {name: os.environ[name] for name in settings if name in os.environ}
    with listening, LambdaRuntime(package, variables) as runtime:
        print(greeting, flush=True)
        make_server(FunctionUrl(runtime, origins)).run([listening])


if __name__ == "__main__":
    sys.exit(main())
