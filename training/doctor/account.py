"""The account: who asks, where, AWS or what stands in for it, and how much may run at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from predict.aws import make_client
from training.doctor.finding import Finding, Outcome

NEW_ACCOUNT = 10  # executions at a time
QUOTA = "L-B99A9384"
RAISE = (
    "ask for more: aws service-quotas request-service-quota-increase --service-code lambda "
    f"--quota-code {QUOTA} --desired-value 1000"
)
WAIT_S = 5
CREDENTIALS_CURE = "sign in (aws sso login, aws configure), or set AWS_PROFILE, or what else boto3 looks for"


def look_at_region() -> Finding:
    """Tell the region that is asked."""
    from botocore.exceptions import BotoCoreError

    try:
        region = make_client("lambda").meta.region_name
    except (BotoCoreError, ValueError) as error:
        return Finding(Outcome.FAIL, "region", str(error), "set AWS_DEFAULT_REGION, or AWS_PROFILE to one that has one")
    return Finding(Outcome.PASS, "region", region)


def look_at_place() -> Finding:
    """Tell whether AWS is asked, or what else, and by what that is told."""
    url = make_client("sts").meta.endpoint_url
    if urlsplit(url).hostname.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return Finding(Outcome.PASS, "place", f"AWS, {url}")
    named = [name for name in ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL") if os.environ.get(name)]
    told = named[0] if named else "endpoint_url of the profile"
    version = _find_localstack(url)
    what = f"LocalStack {version}" if version else "not AWS"
    return Finding(Outcome.NOTE, "place", f"{what}, {url}, by {told}", f"to ask AWS, unset {told}")


def _find_localstack(url: str) -> str | None:
    """Return the version of the LocalStack that answers at `url`, if it is one."""
    try:
        # the URL is that which boto3 asks
        with urlopen(f"{url.rstrip('/')}/_localstack/health", timeout=WAIT_S) as answer:  # noqa: S310  # nosec B310
            found = json.load(answer)
    except (OSError, HTTPException, ValueError):
        return None
    return str(found.get("version", "of unknown version")) if isinstance(found, dict) else None


def look_at_caller() -> Finding:
    """Tell who asks."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        caller = make_client("sts").get_caller_identity()
    except ClientError as error:
        words = f"they are refused ({error.response['Error']['Code']})"
        return Finding(Outcome.FAIL, "credentials", words, CREDENTIALS_CURE)
    except BotoCoreError as error:
        return Finding(Outcome.FAIL, "credentials", str(error), CREDENTIALS_CURE)
    if caller["Arn"].endswith(":root"):
        cure = "use a role or a user of less power for every day"
        return Finding(Outcome.NOTE, "credentials", f"{caller['Arn']}, who may do everything", cure)
    return Finding(Outcome.PASS, "credentials", caller["Arn"])


def look_at_quota(functions: Any) -> Iterator[Finding]:
    """Tell how many executions the account may have at a time, and how many of them are nobody's."""
    limit = functions.get_account_settings()["AccountLimit"]
    count, free = limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]
    words = f"{count:,} executions at a time, {free:,} of them not reserved"
    if count > NEW_ACCOUNT:
        yield Finding(Outcome.PASS, "quota", words)
    else:
        words += ", as new accounts have: more requests than that are throttled, and ReservedConcurrency cannot be set"
        yield Finding(Outcome.NOTE, "quota", words, RAISE)
