"""The deployment: what the SAM CLI says is kept, and a bucket holds the page and nothing else."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from infra import deployment
from infra.deployment import CONFIG, STACK, TYPES, DeployError, deploy, upload_page
from infra.package import PAGE
from predict.aws import make_client
from tests.conftest import Trained
from training.doctor.stack import find_stack_name

API = "https://api.example"
TEMPLATE = {
    "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
    "Outputs": {"Name": {"Value": {"Ref": "Bucket"}}, "Region": {"Value": {"Ref": "AWS::Region"}}},
}


def test_bucket_holds_the_page_and_nothing_else(bucket: Any, trained: Trained) -> None:
    for key in ("old.js", "twin/gone.js"):
        bucket.put_object(Bucket="tables", Key=key, Body=b"")
    count = upload_page("tables", API, trained.path)
    keys = {found["Key"] for found in bucket.list_objects_v2(Bucket="tables")["Contents"]}
    page = {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*") if path.is_file()}
    assert keys == page | {"model.json", "report.html", "config.json"}
    assert count == len(keys)
    assert json.loads(bucket.get_object(Bucket="tables", Key="config.json")["Body"].read()) == {"api": API}
    for key in keys:
        found = bucket.head_object(Bucket="tables", Key=key)
        assert (found["ContentType"], found["CacheControl"]) == (TYPES[Path(key).suffix], "no-cache")


def fake_sam(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> Path:
    """Put a program in place of the SAM CLI, whose own deployments tests/test_local_cloud.py has."""
    sam = folder / "sam"
    sam.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    sam.chmod(0o755)
    monkeypatch.setattr(deployment, "SAM", sam)
    return folder / "deploy.log"


def test_outputs_of_the_stack_are_returned(bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(TEMPLATE))
    log = fake_sam(monkeypatch, tmp_path, 'echo "$@"')
    outputs = deploy(tmp_path / "template.yaml", {"Website": "Public", "AlarmEmail": ""}, log)
    buckets = {each["Name"] for each in bucket.list_buckets()["Buckets"]}
    assert outputs == {"Name": (buckets - {"tables"}).pop(), "Region": "us-east-1"}
    assert f"--template-file {tmp_path}/template.yaml" in log.read_text()
    assert '--parameter-overrides Website=Public AlarmEmail=""' in log.read_text()


def test_failure_is_one_sentence_with_the_logs_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = fake_sam(monkeypatch, tmp_path, "echo started; echo; echo 'Error: no rights' >&2; echo; exit 1")
    with pytest.raises(DeployError) as error:
        deploy(tmp_path / "template.yaml", {}, log)
    assert str(error.value) == f"sam deploy failed: no rights; all that it said is in {log}"
    assert log.read_text() == "started\n\nError: no rights\n\n"


def test_stack_that_was_declined_is_said_to_be_none(
    bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_sam(monkeypatch, tmp_path, "exit 0")
    with pytest.raises(DeployError, match=r"^there is no stack other: what sam deploy would have made was declined$"):
        deploy(tmp_path / "template.yaml", {}, stack="other")


def test_terminal_is_asked_where_there_is_no_log(bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_sam(monkeypatch, tmp_path, 'case "$*" in *--no-confirm-changeset*) exit 0;; esac; exit 1')
    with pytest.raises(DeployError, match=r"^sam deploy did not deploy; see above$"):
        deploy(tmp_path / "template.yaml", {})
    make_client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(TEMPLATE))
    assert set(deploy(tmp_path / "template.yaml", {}, options=["--no-confirm-changeset"])) == {"Name", "Region"}


def test_stack_has_one_name_for_whoever_deploys_deletes_or_looks_at_it() -> None:
    prefix = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["default"]["deploy"]["parameters"]["s3_prefix"]
    assert {STACK, find_stack_name(), prefix} == {STACK}
