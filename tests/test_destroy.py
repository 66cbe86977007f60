"""`make destroy`: everything of a stack goes, old versions too; models only if their bucket is named, others' never."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from infra import destroy as program
from infra.buckets import Contents, empty, measure
from infra.deployment import describe, outputs_of
from infra.destroy import SAM_STACK, DestroyError, destroy
from predict.aws import make_client

STACK = "example"
MODELS, OTHERS = f"{STACK}-modelsbucket-1a2b", "examples-modelsbucket-3c4d"
LOG = f"/aws/lambda/{STACK}-predict"


def template(kind: str, output: str) -> str:
    return json.dumps({"Resources": {"Bucket": {"Type": kind}}, "Outputs": {output: {"Value": {"Ref": "Bucket"}}}})


class Account:
    """An account with a stack that has a page, with models, a log and uploaded packages, beside those of others."""

    def __init__(self) -> None:
        self.s3, self.stacks, self.logs = make_client("s3"), make_client("cloudformation"), make_client("logs")
        self.stacks.create_stack(StackName=STACK, TemplateBody=template("AWS::S3::Bucket", "WebsiteBucketName"))
        self.stacks.create_stack(StackName=SAM_STACK, TemplateBody=template("AWS::S3::Bucket", "SourceBucket"))
        self.page, self.packages = self.output(STACK, "WebsiteBucketName"), self.output(SAM_STACK, "SourceBucket")
        for bucket in (MODELS, OTHERS):
            self.s3.create_bucket(Bucket=bucket)
        for bucket in (MODELS, OTHERS, self.packages):
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for bucket, key in (
            (self.page, "index.html"),
            (MODELS, "models/a/live"),
            (MODELS, "models/a/live"),
            (OTHERS, "models/a/live"),
            (self.packages, f"{STACK}/1"),
            (self.packages, f"{STACK}/1"),
            (self.packages, f"{STACK}s/2"),
        ):
            self.s3.put_object(Bucket=bucket, Key=key, Body=b"x" * 1000)
        self.s3.delete_object(Bucket=self.packages, Key=f"{STACK}/1")
        for group in (LOG, f"{LOG}-other"):
            self.logs.create_log_group(logGroupName=group)

    def output(self, stack: str, name: str) -> str:
        return outputs_of(describe(stack))[name]

    def buckets(self) -> set[str]:
        return {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}

    def log_groups(self) -> list[str]:
        return [group["logGroupName"] for group in self.logs.describe_log_groups()["logGroups"]]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(program, "POLL_S", 0)
    with mock_aws():
        yield Account()


def test_everything_of_the_stack_goes_but_its_models(account: Account) -> None:
    (kept,) = destroy(STACK)
    assert kept == (
        f"kept: the models in s3://{MODELS}, 2 objects with 0.0 MB, about 0.0000 dollars a month; "
        f"to delete them for good: make destroy DELETE_MODELS={MODELS}"
    )
    assert account.buckets() == {MODELS, OTHERS, account.packages}
    assert [stack["StackName"] for stack in account.stacks.describe_stacks()["Stacks"]] == [SAM_STACK]
    assert account.log_groups() == [f"{LOG}-other"]
    assert measure(account.packages) == Contents(1, 1000)


def test_page_that_an_earlier_deletion_took_is_no_hindrance(account: Account) -> None:
    half = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"WebsiteBucketName": {"Value": "half-gone"}}}
    account.stacks.create_stack(StackName="half", TemplateBody=json.dumps(half))
    destroy("half")
    assert describe("half") is None


def test_page_that_was_switched_off_goes_too(account: Account) -> None:
    orphan, others = f"{STACK}-websitebucket-5e6f", f"{STACK}s-websitebucket-7a8b"
    for bucket in (orphan, others):
        account.s3.create_bucket(Bucket=bucket)
        account.s3.put_object(Bucket=bucket, Key="index.html", Body=b"x")
    destroy(STACK)
    assert account.buckets() == {MODELS, OTHERS, others, account.packages}


@pytest.mark.parametrize("is_named", [False, True])
def test_models_whose_bucket_has_a_name_that_was_cut_are_of_the_stack(account: Account, *, is_named: bool) -> None:
    long = "a-stack-with-a-name-too-long-for-its-bucket"
    resource = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "a-stack-wi-1a2b"}}
    output = {"ModelsBucketName": {"Value": {"Ref": "Bucket"}}}
    body = json.dumps({"Resources": {"Bucket": resource}, "Outputs": output})
    account.stacks.create_stack(StackName=long, TemplateBody=body)
    cut = account.output(long, "ModelsBucketName")
    kept = destroy(long, cut if is_named else "")
    assert (cut in account.buckets(), len(kept)) == ((False, 0) if is_named else (True, 1))
    assert describe(long) is None


def test_stack_whose_name_differs_in_case_only_is_refused_before_anything_is_deleted(account: Account) -> None:
    account.stacks.create_stack(StackName="Example", TemplateBody=template("AWS::SNS::Topic", "Topic"))
    before = account.buckets()
    for models in ("", MODELS):
        with pytest.raises(DestroyError, match=r"^nothing was deleted: the stack Example in us-east-1 differs from"):
            destroy(STACK, models)
    assert account.buckets() == before
    assert describe(STACK)


def test_models_go_where_their_bucket_is_named(account: Account) -> None:
    assert destroy(STACK, MODELS) == []
    assert account.buckets() == {OTHERS, account.packages}


def test_models_go_later_too(account: Account) -> None:
    destroy(STACK)
    assert destroy(STACK, MODELS) == []
    assert MODELS not in account.buckets()


@pytest.mark.parametrize("named", [OTHERS, "yes"])
def test_bucket_of_others_is_refused_before_anything_is_deleted(account: Account, named: str) -> None:
    before = account.buckets()
    with pytest.raises(DestroyError) as error:
        destroy(STACK, named)
    expected = f"DELETE_MODELS={named} is no bucket of models of {STACK} in us-east-1: its own are {MODELS}"
    assert str(error.value) == expected
    assert account.buckets() == before
    assert account.log_groups() == [LOG, f"{LOG}-other"]
    assert measure(account.page) == Contents(1, 1000)


def test_more_objects_than_one_call_deletes(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.buckets.MOST_DELETED", 2)
    for number in range(5):
        account.s3.put_object(Bucket=MODELS, Key=str(number), Body=b"")
    assert empty(MODELS) == 7
    assert measure(MODELS) == Contents(0, 0)


def test_stack_that_cannot_be_deleted_says_what_of_it(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """As AWS does where a bucket was filled meanwhile; moto deletes all the same."""
    client: Any = account.stacks
    failed = {"LogicalResourceId": "Bucket", "ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "not empty"}
    now, before = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, -1))
    events = [{**failed, "Timestamp": now}, {**failed, "ResourceStatusReason": "denied", "Timestamp": before}]
    monkeypatch.setattr(client, "delete_stack", lambda **_given: None)
    monkeypatch.setattr(client, "describe_stack_events", lambda **_given: {"StackEvents": events})
    monkeypatch.setattr(program, "make_client", lambda _service: client)
    monkeypatch.setattr(program, "MOST_POLLS", 1)
    with pytest.raises(
        DestroyError, match=r"^the stack is not deleted; cure what is named here, and try again: Bucket: not empty$"
    ):
        program.delete_stack(STACK)


def test_nothing_is_deleted_unless_the_stacks_name_is_said(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = account.buckets()
    monkeypatch.setenv("STACK", STACK)
    for said in ("", "yes"):
        monkeypatch.setenv("CONFIRM", said)
        assert program.main() == 2
        told = capsys.readouterr()
        assert told.err == f"Error: nothing was deleted; to go on without being asked: make destroy CONFIRM={STACK}\n"
        assert account.buckets() == before
    monkeypatch.setenv("CONFIRM", STACK)
    assert program.main() == 0
    assert capsys.readouterr().out.endswith("\nnothing else of it is left\n")
    assert account.page not in account.buckets()
