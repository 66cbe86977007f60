"""boto3's clients are made in one place, and ask the endpoint that is named."""

from __future__ import annotations

import re
import subprocess

import pytest

from predict.aws import make_client
from training import ROOT

MADE = re.compile(r"boto3\.(client|resource|Session|session)\b|from boto3\b|from botocore\.session\b")
PLACE = "functions/predict/aws.py"
PRODUCT = ("benchmarks", "data", "frontend", "functions", "infra", "notebooks", "training")


def test_clients_are_made_in_one_place() -> None:
    files = subprocess.run(["git", "ls-files", *PRODUCT], cwd=ROOT, capture_output=True, text=True, check=True)
    code = [name for name in files.stdout.split() if name.endswith((".py", ".ipynb"))]
    making = [name for name in code if MADE.search((ROOT / name).read_text(encoding="utf-8"))]
    assert making == [PLACE]


@pytest.mark.parametrize("named", [True, False])
def test_client_asks_the_endpoint_that_is_named(monkeypatch: pytest.MonkeyPatch, named: bool) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    client = make_client("s3", "http://127.0.0.1:2" if named else None)
    assert client.meta.endpoint_url == f"http://127.0.0.1:{2 if named else 1}"
