"""The function on Lambda: who may ask its URL, who sets CORS, its old versions, and its runtime's end of support."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from training.doctor.finding import Finding, Outcome

ALIAS = "live"
# The first day without support: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, by the
# tables of cfn-lint, November 2026, which a test compares with
SUPPORT_ENDS = {
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
}
SOON = timedelta(days=180)
# Dollars for a GB of memory of a version's snapshot, a second, and the seconds of 30 days; docs/costs.md has the source
SNAPSHOT_PRICE, MONTH_S = 0.0000015046, 30 * 86_400
URL_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
CLOUDFRONT = "cloudfront.amazonaws.com"


def look_at_permissions(functions: Any, name: str) -> Iterator[Finding]:
    """Tell whether who may ask the URL has what that takes."""
    url = functions.get_function_url_config(FunctionName=name, Qualifier=ALIAS)
    yield judge_permissions(name, url["AuthType"], _read_policy(functions, name))


def look_at_cors(functions: Any, name: str) -> Iterator[Finding]:
    """Tell whether CORS is set once."""
    url = functions.get_function_url_config(FunctionName=name, Qualifier=ALIAS)
    yield judge_cors(url.get("Cors") or {}, read_variables(functions, name))


def read_variables(functions: Any, name: str) -> dict[str, str]:
    """Return the function's environment variables."""
    variables: dict[str, str] = read_configuration(functions, name).get("Environment", {}).get("Variables", {})
    return variables


def read_configuration(functions: Any, name: str) -> dict[str, Any]:
    """Return the configuration of the version that answers; LocalStack has none for an alias."""
    version = functions.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"]
    configuration: dict[str, Any] = functions.get_function_configuration(FunctionName=name, Qualifier=version)
    return configuration


def _read_policy(functions: Any, name: str) -> list[dict[str, Any]]:
    try:
        policy = functions.get_policy(FunctionName=name, Qualifier=ALIAS)["Policy"]
    except functions.exceptions.ResourceNotFoundException:
        return []
    statements: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return statements


def judge_permissions(name: str, auth_type: str, statements: Sequence[Mapping[str, Any]]) -> Finding:
    """Tell whether those who are to ask the URL have both permissions that it takes since October 2025."""
    everybody = {"*", "AWS:*"}
    who = "everybody" if auth_type == "NONE" else "CloudFront"
    granted = [
        each
        for each in statements
        if each["Effect"] == "Allow"
        and (_principal(each) in everybody if auth_type == "NONE" else _principal(each) == f"Service:{CLOUDFRONT}")
    ]
    actions = {each["Action"] for each in granted}
    unguarded = [
        each
        for each in statements
        if (each["Effect"], each["Action"]) == ("Allow", "lambda:InvokeFunction")
        and _principal(each) in everybody
        and "InvokedViaFunctionUrl" not in str(each)
    ]
    if unguarded:
        sid = unguarded[0].get("Sid", "")
        cure = f"aws lambda remove-permission --function-name {name} --qualifier {ALIAS} --statement-id {sid}"
        return Finding(Outcome.FAIL, "permissions", "every account of AWS may invoke it past its URL", cure)
    if auth_type != "NONE" and not actions:
        words = "AWS_IAM: only signed requests of those with lambda:InvokeFunctionUrl and lambda:InvokeFunction"
        return Finding(Outcome.PASS, "permissions", words)
    missing = [action for action in URL_ACTIONS if action not in actions]
    if not missing:
        return Finding(Outcome.PASS, "permissions", f"{auth_type}: {who} has both that the URL takes")
    words = f"{auth_type}: {who} lacks {' and '.join(missing)}, without which the URL answers 403"
    return Finding(Outcome.FAIL, "permissions", words, _grant(name, missing[0], auth_type))


def _principal(statement: Mapping[str, Any]) -> str:
    principal = statement["Principal"]
    return principal if isinstance(principal, str) else ",".join(f"{kind}:{who}" for kind, who in principal.items())


def _grant(name: str, action: str, auth_type: str) -> str:
    if auth_type != "NONE":
        return "deploy again: template.yaml gives both"
    option = "--function-url-auth-type NONE" if action.endswith("Url") else "--invoked-via-function-url"
    return (
        f"deploy again, or: aws lambda add-permission --function-name {name} --qualifier {ALIAS} "
        f"--statement-id {action.rpartition(':')[2]} --action {action} --principal '*' {option}"
    )


def judge_cors(of_url: Mapping[str, Any], variables: Mapping[str, str]) -> Finding:
    """Tell whether CORS headers come from one place at most: browsers refuse those that come twice."""
    theirs, ours = ", ".join(of_url.get("AllowOrigins", ())), variables.get("ALLOWED_ORIGINS", "")
    if theirs and ours:
        words = f"set twice, which browsers refuse: for {theirs} by the URL, and by ALLOWED_ORIGINS={ours}"
        return Finding(Outcome.FAIL, "CORS", words, "take ALLOWED_ORIGINS out of the function's variables")
    set_by = f"for {theirs}, by the URL alone" if theirs else f"for {ours}, by the function alone" if ours else "off"
    return Finding(Outcome.PASS, "CORS", set_by)


def look_at_versions(functions: Any, name: str) -> Iterator[Finding]:
    """Tell how many versions lie beside the one that answers."""
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    versions = [each for page in pages for each in page["Versions"] if each["Version"] != "$LATEST"]
    yield judge_versions(name, versions, functions.get_alias(FunctionName=name, Name=ALIAS))


def judge_versions(name: str, versions: Sequence[Mapping[str, Any]], alias: Mapping[str, Any]) -> Finding:
    """Tell how many versions are old, their size, and what their snapshots cost a month."""
    used = {alias["FunctionVersion"], *alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})}
    old = [each for each in versions if each["Version"] not in used]
    size_mb = sum(each["CodeSize"] for each in old) / 1e6
    words = f"{' and '.join(sorted(used))} answers, {len(old)} old of {size_mb:.1f} MB in all"
    snapshots = [each for each in old if each.get("SnapStart", {}).get("OptimizationStatus") == "On"]
    if not snapshots:
        return Finding(Outcome.PASS, "versions", f"{words}, which cost nothing")
    cost = sum(each["MemorySize"] for each in snapshots) / 1024 * SNAPSHOT_PRICE * MONTH_S
    words += f", of which {len(snapshots)} have snapshots that cost {cost:.2f} dollars in 30 days (us-east-1)"
    oldest = min((each["Version"] for each in snapshots), key=int)
    cure = f"delete them, {oldest} first: aws lambda delete-function --function-name {name} --qualifier {oldest}"
    return Finding(Outcome.NOTE, "versions", words, cure)


def look_at_runtime(functions: Any, name: str, today: date) -> Iterator[Finding]:
    """Tell until when the runtime is supported."""
    yield judge_runtime(read_configuration(functions, name).get("Runtime"), today)


def judge_runtime(runtime: str | None, today: date) -> Finding:
    """Tell until when a runtime is supported, and what to do once that is near."""
    if runtime is None:
        return Finding(Outcome.SKIP, "runtime", "a container image, whose Python its Dockerfile names")
    if runtime not in SUPPORT_ENDS:
        words = f"{runtime}, of which the end of support is not known here"
        cure = "see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
        return Finding(Outcome.NOTE, "runtime", words, cure)
    ends = SUPPORT_ENDS[runtime]
    latest = max(SUPPORT_ENDS, key=lambda name: int(name.rpartition(".")[2]))
    cure = f"make deploy RUNTIME={latest}"
    if today >= ends:
        return Finding(Outcome.FAIL, "runtime", f"{runtime} is without support since {ends}", cure)
    if today >= ends - SOON:
        return Finding(Outcome.NOTE, "runtime", f"{runtime} is supported until {ends} only", cure)
    return Finding(Outcome.PASS, "runtime", f"{runtime}, supported until {ends}")
