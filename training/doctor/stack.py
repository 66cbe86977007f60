"""The stack: whether it is deployed and whole, its outputs, and whether the function answers at its URL."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from training import ROOT
from training.doctor.finding import Finding, Outcome, tell_unseen
from training.doctor.function import ALIAS

WAIT_S = 15  # a cold start is a second
DEPLOY = "make deploy (docs/aws.md)"
REFUSED = {
    403: "see the line of the URL's permissions",
    429: "all executions that are allowed at a time are busy, or ReservedConcurrency is 0",
    502: "the function fails: see its log",
}


def find_stack_name() -> str:
    """Return the name that `make deploy` gives to the stack."""
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    return str(settings["default"]["global"]["parameters"]["stack_name"])


def look_at_stack(stacks: Any, name: str) -> tuple[Finding, dict[str, str]]:
    """Tell the state of the stack, and return its outputs too; none where there is no stack."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        (stack,) = stacks.describe_stacks(StackName=name)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        if "does not exist" in str(error):
            return Finding(Outcome.SKIP, "stack", f"there is no stack {name} here", DEPLOY), {}
        return tell_unseen("stack", error), {}
    status = stack["StackStatus"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
    words = ", ".join([f"{name} is {status}", *(f"{key} {value}" for key, value in sorted(outputs.items()))])
    if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"):
        is_back = status == "UPDATE_ROLLBACK_COMPLETE"
        cure = "the last deployment was rolled back: its events say why" if is_back else ""
        return Finding(Outcome.NOTE if is_back else Outcome.PASS, "stack", words, cure), outputs
    if status.endswith("_IN_PROGRESS"):
        return Finding(Outcome.NOTE, "stack", words, "wait, and ask again"), outputs
    is_new = status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED")
    cure = f"make destroy STACK={name}, and deploy anew" if is_new else "its events say why; deploy again"
    return Finding(Outcome.FAIL, "stack", words, cure), outputs


def look_at_answer(functions: Any, function: str, function_url: str) -> Iterator[Finding]:
    """Tell whether the function answers from its URL, if everybody may ask it."""
    if functions.get_function_url_config(FunctionName=function, Qualifier=ALIAS)["AuthType"] == "NONE":
        yield ask_for_health(f"{function_url.rstrip('/')}/health")
    else:
        yield Finding(Outcome.SKIP, "answer", "not asked: the URL answers signed requests only")


def ask_for_health(url: str) -> Finding:
    """Tell whether the function answers, and with which model."""
    try:
        with urlopen(url, timeout=WAIT_S) as answer:  # noqa: S310 (the stack's own output)  # nosec B310
            health = json.load(answer)
            words = f"{url} answers with {health['model_version']}"
    except HTTPError as error:
        words, cure = f"{url} answers {error.code}", REFUSED.get(error.code, "see the function's log")
        return Finding(Outcome.FAIL, "answer", words, cure)
    except (OSError, HTTPException) as error:
        return Finding(Outcome.FAIL, "answer", f"{url} does not answer ({error})", "see the stack's outputs")
    except (ValueError, KeyError, TypeError):
        return Finding(Outcome.FAIL, "answer", f"{url} answers something else", "is this the function's address?")
    source = health.get("source", "live")
    if source == "live":
        return Finding(Outcome.PASS, "answer", words)
    return Finding(Outcome.NOTE, "answer", f"{words}, the {source}, since what is live was not had", "see its log")
