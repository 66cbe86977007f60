"""The OpenAPI document held against the deployment that serves it, by schemathesis."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.campaign import HANG_S, Tally

CONFIG = Path(__file__).with_name("schemathesis.toml")
LONGEST = 3_000  # characters of what it says of a failure


def run_schemathesis(name: str, url: str, examples: int, seed: int = 0, most_s: float = HANG_S) -> Tally:
    """Ask every operation of the document at `url`, those with a body `examples` times beside their boundary cases."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [str(Path(sys.executable).with_name("st")), "--config-file", str(CONFIG), "--no-color", "run"]
        command += [f"{url}/openapi.json", "--max-examples", str(examples), "--seed", str(seed), "--max-response-time"]
        command += [str(most_s), "--generation-database", "none", "--no-shrink", "--report", "json"]
        command += ["--report-json-path", str(report)]
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        found = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        said = f"{name}: {found.stdout[-LONGEST:]}{found.stderr[-LONGEST:]}"
        if not report.exists():  # it could not even read the document
            return Tally(name, "requests", findings=[said])
        cases = json.loads(report.read_text(encoding="utf-8"))["test_cases"]
    tally = Tally(name, "requests", cases["generated"])
    tally.outcomes["as documented"] = cases["generated"] - cases["with_failures"] - cases["errored"]
    if found.returncode:
        tally.findings.append(said)
    return tally
