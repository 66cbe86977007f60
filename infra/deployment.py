"""template.yaml deployed as a stack by the SAM CLI, and the page uploaded to its website bucket."""

from __future__ import annotations

import os
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from infra import site
from infra.package import ROOT
from predict.aws import make_client

SAM = ROOT / ".venv" / "sam" / "bin" / "sam"
CONFIG = ROOT / "samconfig.toml"
STACK: str = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["default"]["global"]["parameters"]["stack_name"]
DISTRIBUTED = "max-age=0, s-maxage=86400"  # nothing for browsers, a day for CloudFront
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


class DeployError(Exception):
    """The stack cannot be deployed; the message says where to read why."""


def deploy(
    template: Path,
    parameters: Mapping[str, str],
    log: Path | None = None,
    stack: str = STACK,
    options: Sequence[str] = (),
) -> dict[str, str]:
    """Deploy `template` to where AWS_ENDPOINT_URL says, and return the stack's outputs.

    With `log`, a file that gets all that the SAM CLI says, nothing is asked; without, it speaks with the terminal.
    Parameters that are not given are as they were, or as the template has them.

    Raises:
        DeployError: the SAM CLI failed, or it asked and the answer was no.
    """
    files = ["--template-file", str(template), "--config-file", str(CONFIG)]
    quietly = ["--no-confirm-changeset", "--no-progressbar"] if log else []
    # what is empty, or has a space, is quoted once more for the SAM CLI, which reads all of them as one text
    overrides = [
        f'{name}="{value}"' if len(value.split()) != 1 else f"{name}={value}" for name, value in parameters.items()
    ]
    where = ["--stack-name", stack, "--s3-prefix", stack]
    command = [str(SAM), "deploy", *files, *where, *quietly, *options, "--parameter-overrides", *overrides]
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "1"}
    if log is None:
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            raise DeployError("sam deploy did not deploy; see above")
    else:
        run_quietly(command, environment, log)
    outputs = outputs_of(describe(stack))
    if not outputs:
        raise DeployError(f"there is no stack {stack}: what sam deploy would have made was declined")
    return outputs


def run_quietly(command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """Run the SAM CLI, which says all to `log`.

    Raises:
        DeployError: it failed; the message has the last that it said.
    """
    with log.open("w") as output:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        last = next((line for line in reversed(log.read_text().splitlines()) if line.strip()), "it said nothing")
        raise DeployError(f"sam deploy failed: {last.removeprefix('Error: ')}; all that it said is in {log}")


def describe(stack: str) -> dict[str, Any] | None:
    """Return what CloudFormation says of a stack; None if there is none."""
    client = make_client("cloudformation")
    try:
        (found,) = client.describe_stacks(StackName=stack)["Stacks"]
    except client.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return dict(found)


def outputs_of(described: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the outputs of a stack, as `describe` tells it; one that is not deployed has none."""
    return {output["OutputKey"]: output["OutputValue"] for output in (described or {}).get("Outputs", ())}


def upload_page(bucket: str, api_url: str, model: Path, distribution: str | None = None) -> int:
    """Make `bucket` hold the page that asks `api_url`, and nothing else; return the number of its files.

    With `distribution`, the id of one of CloudFront, that keeps copies for a day, and forgets those of before now.
    """
    client = make_client("s3")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "site"
        site.build(page, api_url, model)
        files = {path.relative_to(page).as_posix(): path for path in page.rglob("*") if path.is_file()}
        for key, path in files.items():
            headers = headers_of(path, is_distributed=distribution is not None)
            client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes(), **headers)
    old = client.get_paginator("list_objects_v2").paginate(Bucket=bucket).search("Contents[].Key")
    for key in [key for key in old if key and key not in files]:
        client.delete_object(Bucket=bucket, Key=key)
    if distribution:
        batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": uuid4().hex}
        make_client("cloudfront").create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
    return len(files)


def headers_of(path: Path, *, is_distributed: bool) -> dict[str, Any]:
    """Return the headers with which a file of the page is served: a browser asks each time whether it has changed."""
    return {"ContentType": TYPES[path.suffix], "CacheControl": DISTRIBUTED if is_distributed else "no-cache"}
