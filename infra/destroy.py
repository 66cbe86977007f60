"""`make destroy`: delete the stack and all that it left behind and costs; models only if their bucket is named."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from infra.buckets import BucketError, delete, empty, find, measure
from infra.deployment import STACK, describe, outputs_of
from predict.aws import make_client

SAM_STACK = "aws-sam-cli-managed-default"  # whose bucket has the packages of all stacks of the account in a region
GB_MONTH_DOLLARS = 0.023  # S3 standard, us-east-1, November 2026
POLL_S, MOST_POLLS = 2, 1_800  # CloudFront takes a while


class DestroyError(Exception):
    """The stack cannot be deleted; the message says why and what to do."""


def destroy(stack: str, models: str = "") -> list[str]:
    """Delete a stack, its page, its packages and its log, and return a line on what stays.

    `models` is the name of the bucket of models, to be deleted too: what was trained cannot be had back.

    Raises:
        DestroyError: `models` is no bucket of this stack, or its buckets may be another's, in which cases nothing is
            deleted, or CloudFormation failed.
    """
    region = make_client("cloudformation").meta.region_name
    refuse_namesakes(stack, region)
    described = describe(stack)
    outputs = outputs_of(described)
    own = outputs.get("ModelsBucketName", "")  # CloudFormation cuts the name of a long stack
    if models and models not in (found := find_models(stack, own, region)):
        known = f"its own are {' and '.join(found)}" if found else "it has none"
        raise DestroyError(f"DELETE_MODELS={models} is no bucket of models of {stack} in {region}: {known}")
    if described:
        print(f"deleting the stack {stack} in {region}", flush=True)
        page = outputs.get("WebsiteBucketName")
        if page and page in find(page, region):  # it is gone where an earlier deletion failed half-way
            empty(page)  # which CloudFormation refuses to delete with something in it
        delete_stack(described["StackId"])
    else:
        print(f"there is no stack {stack} in {region}; looking for what it may have left", flush=True)
    delete_log(f"/aws/lambda/{stack}-predict")
    if sam := describe(SAM_STACK):
        empty(outputs_of(sam)["SourceBucket"], f"{stack}/")
    for page in find(f"{stack.lower()}-websitebucket-", region):  # left behind when the page was switched off
        delete(page)
    kept = find_models(stack, own, region)
    if models in kept:
        delete(models)
    return [describe_kept(bucket) for bucket in kept if bucket != models]


def refuse_namesakes(stack: str, region: str) -> None:
    """See that no other stack's buckets have names that begin as those of this one, which are in lower case.

    Raises:
        DestroyError: there is one.
    """
    pages = make_client("cloudformation").get_paginator("describe_stacks").paginate()
    for name in (found["StackName"] for page in pages for found in page["Stacks"]):
        if name != stack and name.lower() == stack.lower():
            raise DestroyError(
                f"nothing was deleted: the stack {name} in {region} differs from {stack} in case only, and which "
                "buckets are whose cannot be told; delete by hand, in the console of CloudFormation and S3"
            )


def find_models(stack: str, own: str, region: str) -> list[str]:
    """Return the buckets of models that a stack and earlier ones of its name have left, and `own`, if it is there."""
    found = find(f"{stack.lower()}-modelsbucket-", region)
    return found + [name for name in (find(own, region) if own else ()) if name == own and name not in found]


def delete_stack(stack_id: str) -> None:
    """Delete a stack, and return when it is gone.

    Raises:
        DestroyError: something of it cannot be deleted.
    """
    client = make_client("cloudformation")
    start = datetime.now(UTC)
    client.delete_stack(StackName=stack_id)
    waiter = client.get_waiter("stack_delete_complete")
    try:
        waiter.wait(StackName=stack_id, WaiterConfig={"Delay": POLL_S, "MaxAttempts": MOST_POLLS})
    except WaiterError as error:
        events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
        failed = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
            for event in events
            if event["ResourceStatus"] == "DELETE_FAILED" and event["Timestamp"] >= start  # not of an earlier attempt
        ]
        raise DestroyError(
            f"the stack is not deleted; cure what is named here, and try again: {'; '.join(failed) or error}"
        ) from None


def delete_log(group: str) -> None:
    """Delete a log group, if it is there still: a request that came late may have made it anew."""
    client = make_client("logs")
    found = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    if group in (each["logGroupName"] for each in found):
        client.delete_log_group(logGroupName=group)


def describe_kept(bucket: str) -> str:
    """Return a line on a bucket of models that stays, what it costs, and how to delete it."""
    held = measure(bucket)
    dollars = held.size_bytes / 1e9 * GB_MONTH_DOLLARS
    return (
        f"kept: the models in s3://{bucket}, {held.objects} objects with {held.size_bytes / 1e6:.1f} MB, about "
        f"{dollars:.4f} dollars a month; to delete them for good: make destroy DELETE_MODELS={bucket}"
    )


def confirm(stack: str, said: str | None) -> None:
    """Ask whether to go on, unless `said`, from CONFIRM, is the stack's name.

    Raises:
        DestroyError: the answer is another.
    """
    account, region = make_client("sts").get_caller_identity()["Account"], make_client("sts").meta.region_name
    if not said:
        question = f"This deletes the stack {stack} in {region} of the account {account}. Type its name to go on: "
        said = input(question) if sys.stdin.isatty() else ""
    if said != stack:
        raise DestroyError(f"nothing was deleted; to go on without being asked: make destroy CONFIRM={stack}")


def main() -> int:
    """Delete as the environment says, and return an exit code."""
    stack = os.environ.get("STACK") or STACK
    try:
        confirm(stack, os.environ.get("CONFIRM"))
        for line in [*destroy(stack, os.environ.get("DELETE_MODELS", "")), "nothing else of it is left"]:
            print(line)
    except (DestroyError, BucketError, BotoCoreError, ClientError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except (EOFError, KeyboardInterrupt):
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
