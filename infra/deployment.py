"""template.yaml deployed by the SAM CLI, and the page uploaded to its website bucket."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra import site
from infra.package import ROOT
from predict.aws import make_client

SAM = ROOT / ".venv" / "sam" / "bin" / "sam"
STACK = "table-to-lambda"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


class DeployError(Exception):
    """The stack cannot be deployed; the message says where to read why."""


def deploy(template: Path, parameters: Mapping[str, str], log: Path) -> dict[str, str]:
    """Deploy `template` to where AWS_ENDPOINT_URL says, and return the stack's outputs.

    Raises:
        DeployError: the SAM CLI failed; `log` has all that it said.
    """
    files = ["--template-file", str(template), "--config-file", str(ROOT / "samconfig.toml")]
    how = ["--stack-name", STACK, "--no-confirm-changeset", "--no-progressbar"]
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    with log.open("w") as output:
        done = subprocess.run(
            [str(SAM), "deploy", *files, *how, "--parameter-overrides", *overrides],
            cwd=ROOT,
            env={**os.environ, "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        last = next((line for line in reversed(log.read_text().splitlines()) if line.strip()), "it said nothing")
        raise DeployError(f"sam deploy failed: {last.removeprefix('Error: ')}; all that it said is in {log}")
    (described,) = make_client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def upload_page(bucket: str, api_url: str, model: Path) -> int:
    """Make `bucket` hold the page that asks `api_url`, and nothing else; return the number of its files."""
    client = make_client("s3")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "site"
        site.build(page, api_url, model)
        files = {path.relative_to(page).as_posix(): path for path in page.rglob("*") if path.is_file()}
        for key, path in files.items():
            client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes(), **headers_of(path))
    old = client.get_paginator("list_objects_v2").paginate(Bucket=bucket).search("Contents[].Key")
    for key in [key for key in old if key and key not in files]:
        client.delete_object(Bucket=bucket, Key=key)
    return len(files)


def headers_of(path: Path) -> dict[str, Any]:
    """Return the headers with which a file of the page is served."""
    return {"ContentType": TYPES[path.suffix], "CacheControl": "no-cache"}
