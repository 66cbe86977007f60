"""What the doctor says of a function: of each way to be wrong, and of the days before support ends."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest

from training import ROOT
from training.doctor.finding import Outcome
from training.doctor.function import (
    ALIAS,
    SNAPSHOT_PRICE,
    SUPPORT_ENDS,
    judge_cors,
    judge_permissions,
    judge_runtime,
    judge_versions,
)

CFN_LINT = ".venv/sam/lib/python*/site-packages/cfnlint/data/AdditionalSpecs/LmbdRuntimeLifecycle.json"
CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}
VIA_URL = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}


def allow(action: str, principal: Any = "*", condition: Any = VIA_URL, effect: str = "Allow") -> dict[str, Any]:
    return {
        "Sid": action,
        "Effect": effect,
        "Action": f"lambda:{action}",
        "Principal": principal,
        "Condition": condition,
    }


URL, INVOKE = allow("InvokeFunctionUrl"), allow("InvokeFunction")
OF_CLOUDFRONT = [allow("InvokeFunctionUrl", CLOUDFRONT), allow("InvokeFunction", CLOUDFRONT)]


@pytest.mark.parametrize(
    ("auth_type", "statements", "outcome", "words"),
    [
        ("NONE", [URL, INVOKE], Outcome.PASS, "NONE: everybody has both"),
        ("NONE", [allow("InvokeFunctionUrl", {"AWS": "*"}), INVOKE], Outcome.PASS, "NONE: everybody has both"),
        ("NONE", [URL], Outcome.FAIL, "everybody lacks lambda:InvokeFunction,"),
        ("NONE", [URL, {**INVOKE, "Effect": "Deny"}], Outcome.FAIL, "everybody lacks lambda:InvokeFunction,"),
        ("NONE", [INVOKE], Outcome.FAIL, "everybody lacks lambda:InvokeFunctionUrl,"),
        ("NONE", OF_CLOUDFRONT, Outcome.FAIL, "everybody lacks lambda:InvokeFunctionUrl and lambda:InvokeFunction,"),
        ("NONE", [URL, allow("InvokeFunction", condition={})], Outcome.FAIL, "every account of AWS may invoke it past its URL"),
        ("AWS_IAM", [], Outcome.PASS, "AWS_IAM: only signed requests"),
        ("AWS_IAM", OF_CLOUDFRONT, Outcome.PASS, "AWS_IAM: CloudFront has both"),
        ("AWS_IAM", OF_CLOUDFRONT[:1], Outcome.FAIL, "AWS_IAM: CloudFront lacks lambda:InvokeFunction,"),
    ],
)  # fmt: skip
def test_both_permissions_are_looked_for(auth_type: str, statements: Any, outcome: Outcome, words: str) -> None:
    found = judge_permissions("f", auth_type, statements)
    assert (found.outcome, words in found.words, bool(found.cure)) == (outcome, True, outcome is Outcome.FAIL)


@pytest.mark.parametrize(
    ("of_url", "variable", "outcome", "words"),
    [
        ({}, "", Outcome.PASS, "off"),
        ({"AllowOrigins": ["*"]}, "", Outcome.PASS, "for *, by the URL alone"),
        ({}, "https://a.example", Outcome.PASS, "for https://a.example, by the function alone"),
        ({"AllowOrigins": ["*"]}, "https://a.example", Outcome.FAIL, "set twice, which browsers refuse: for * by the URL, and by ALLOWED_ORIGINS=https://a.example"),
    ],
)  # fmt: skip
def test_cors_has_one_place(of_url: Any, variable: str, outcome: Outcome, words: str) -> None:
    found = judge_cors(of_url, {"ALLOWED_ORIGINS": variable})
    assert (found.outcome, found.words) == (outcome, words)


def version(number: int, snapshot: str = "Off") -> dict[str, Any]:
    return {
        "Version": str(number),
        "CodeSize": 5_000_000,
        "MemorySize": 2048,
        "SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": snapshot},
    }


def test_snapshots_of_old_versions_cost() -> None:
    versions = [version(9, "On"), version(10, "On"), version(11), version(12, "On")]
    found = judge_versions("f", versions, {"FunctionVersion": "12"})
    assert found.outcome is Outcome.NOTE
    cost = 2 * 2 * 0.0000015046 * 2_592_000  # two versions of 2 GB, 30 days
    assert found.words == (
        f"12 answers, 3 old of 15.0 MB in all, of which 2 have snapshots that cost {cost:.2f} dollars in 30 days (us-east-1)"
    )
    assert found.cure.endswith("9 first: aws lambda delete-function --function-name f --qualifier 9")


def test_version_that_a_canary_is_sent_to_is_not_old() -> None:
    alias = {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}
    found = judge_versions("f", [version(1, "On"), version(2, "On")], alias)
    assert (found.outcome, found.words) == (
        Outcome.PASS, "1 and 2 answers, 0 old of 0.0 MB in all, which cost nothing",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("runtime", "today", "outcome", "words"),
    [
        ("python3.13", date(2026, 11, 29), Outcome.PASS, "python3.13, supported until 2029-06-30"),
        ("python3.12", date(2028, 5, 3), Outcome.PASS, "python3.12, supported until 2028-10-31"),
        ("python3.12", date(2028, 5, 4), Outcome.NOTE, "python3.12 is supported until 2028-10-31 only"),
        ("python3.12", date(2028, 10, 30), Outcome.NOTE, "python3.12 is supported until 2028-10-31 only"),
        ("python3.12", date(2028, 10, 31), Outcome.FAIL, "python3.12 is without support since 2028-10-31"),
        ("python3.99", date(2026, 11, 29), Outcome.NOTE, "python3.99, of which the end of support is not known here"),
        (None, date(2026, 11, 29), Outcome.SKIP, "a container image, whose Python its Dockerfile names"),
    ],
)
def test_end_of_support_is_told_in_time(runtime: str | None, today: date, outcome: Outcome, words: str) -> None:
    found = judge_runtime(runtime, today)
    assert (found.outcome, found.words) == (outcome, words)
    assert ("RUNTIME=python3.14" in found.cure) == (runtime == "python3.12" and outcome is not Outcome.PASS)


def test_dates_are_those_of_cfn_lint() -> None:
    path = next(ROOT.glob(CFN_LINT), None)
    if path is None:
        pytest.skip("cfn-lint is not installed (make check): its dates were not compared with")
    known = json.loads(path.read_text(encoding="utf-8"))
    assert {name: each.isoformat() for name, each in SUPPORT_ENDS.items()} == {
        name: known[name]["deprecated"] for name in SUPPORT_ENDS
    }


def test_dates_are_of_each_runtime_that_the_template_takes() -> None:
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    (runtimes,) = re.findall(r"Default: python\S+\n\s+AllowedValues: \[(.*)\]", template)
    assert set(runtimes.split(", ")) == set(SUPPORT_ENDS)


def test_function_and_alias_are_those_of_the_template() -> None:
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert "FunctionName: !Sub ${AWS::StackName}-predict\n" in template
    assert f"AutoPublishAlias: {ALIAS}\n" in template


def test_price_of_a_snapshot_is_that_of_the_costs_page() -> None:
    assert f"| {SNAPSHOT_PRICE:.10f} |" in (ROOT / "docs" / "costs.md").read_text(encoding="utf-8")
