"""The parts of Lambda's runtime: its emulator `aws-lambda-rie` and its client `awslambdaric`, and how they are run.

The function sees what Lambda shows it: its package, the client, the standard library, Lambda's variables, and nothing
of the environment of whoever runs it.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path

PARTS = Path(__file__).resolve().parents[1] / ".venv" / "lambda"
EMULATORS = {"x86_64": "aws-lambda-rie-x86_64", "aarch64": "aws-lambda-rie-arm64"}
HANDLER = "predict.main.handler"
MEMORY_MB, TIMEOUT_S = 1769, 10  # as template.yaml has them


class LambdaRuntimeError(Exception):
    """The runtime cannot run here, or has ended; the message says why and what to do."""


def find_emulator() -> Path:
    """Return the path of aws-lambda-rie for this machine.

    Raises:
        LambdaRuntimeError: there is none.
    """
    system, machine = platform.system(), platform.machine()
    if system != "Linux" or machine not in EMULATORS:
        raise LambdaRuntimeError(
            f"Lambda's runtime runs on Linux on {' or '.join(EMULATORS)}, this is {system} {machine}"
        )
    emulator = PARTS / "samcli" / "local" / "rapid" / EMULATORS[machine]
    if not emulator.is_file():
        raise LambdaRuntimeError(f"there is no {emulator}; `make lambda` installs it")
    return emulator


def lambda_variables(package: Path, handler: str) -> dict[str, str]:
    """Return the variables that Lambda sets for a function, as far as the emulator leaves that to its caller."""
    return {
        "_HANDLER": handler,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
        "AWS_LAMBDA_FUNCTION_NAME": "predict",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(TIMEOUT_S),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": "eu-central-1",
        "LAMBDA_TASK_ROOT": str(package),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(PARTS),
        "TZ": ":UTC",
    }


def make_command(emulator: Path, address: str, runtime_address: str, handler: str) -> list[str]:
    """Return the command that runs the emulator, which listens on the first address and starts the client."""
    # -S: the package has to bring all that it needs, so no site-packages
    client = [sys.executable, "-S", "-m", "awslambdaric", handler]
    addresses = ["--runtime-interface-emulator-address", address, "--runtime-api-address", runtime_address]
    # Root may write to what is read-only, a function on Lambda may not: without this right, root is held to modes too.
    setpriv = shutil.which("setpriv") if os.geteuid() == 0 else None
    as_lambda = [setpriv, "--bounding-set=-dac_override,-dac_read_search"] if setpriv else []
    return [*as_lambda, str(emulator), *addresses, "--log-level", "error", *client]
