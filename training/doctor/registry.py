"""The registry, as the function sees it: reached, what is live whole, followed, and readable by the function's role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from predict.registry import Address
from training.doctor.finding import Finding, Outcome
from training.doctor.function import read_configuration
from training.errors import InputError
from training.registry.pointer import read_pointer
from training.registry.versions import Registered, check_files, find_manifest

RIGHTS = "docs/registry.md lists the rights"


def look_at_registry(registry: str, name: str) -> Finding:
    """Tell whether the registry is reached, and what is live in it whole."""
    try:
        model = Registered.open(registry, name)
        history, _etag = read_pointer(model)
        if not history:
            words = f"{registry} is reached, and nothing of {name} is live in it"
            return Finding(Outcome.NOTE, "registry", words, "python -m training publish, then promote")
        live = history[-1]
        manifest, _sha256 = find_manifest(model, live.version, live.manifest_sha256)
        check_files(model, manifest)
    except InputError as error:
        return Finding(Outcome.FAIL, "registry", str(error))
    words = f"{live.version} of {name} is live in {registry} since {live.at}, its {len(manifest['files'])} files whole"
    return Finding(Outcome.PASS, "registry", words)


def look_at_follower(functions: Any, roles: Any, function: str) -> Iterator[Finding]:
    """Tell which model the function follows, and whether its role may read that."""
    configuration = read_configuration(functions, function)
    uri = configuration.get("Environment", {}).get("Variables", {}).get("MODEL_URI", "")
    if not uri.startswith("s3://"):
        yield Finding(Outcome.PASS, "follows", "no registry: the function answers with the model of its package")
        return
    try:
        address = Address.parse(uri)
    except ValueError as error:
        yield Finding(Outcome.FAIL, "follows", str(error), "set MODEL_URI to what `python -m training list` shows")
        return
    yield Finding(Outcome.PASS, "follows", uri)
    yield judge_rights(roles, configuration["Role"], address)


def judge_rights(roles: Any, role: str, address: Address) -> Finding:
    """Tell whether a role may do what following a model takes, as IAM itself judges it by the role's policies."""
    bucket = f"arn:{role.split(':')[1]}:s3:::{address.bucket}"
    asked = {"s3:GetObject": f"{bucket}/{address.key('live')}", "s3:ListBucket": bucket}
    denied = []
    for action, resource in asked.items():
        answer = roles.simulate_principal_policy(PolicySourceArn=role, ActionNames=[action], ResourceArns=[resource])
        if {each["EvalDecision"] for each in answer["EvaluationResults"]} != {"allowed"}:
            denied.append(f"{action} on {resource}")
    if not denied:
        return Finding(Outcome.PASS, "rights", "the function may read what it follows")
    if denied[0].startswith("s3:GetObject"):
        return Finding(Outcome.FAIL, "rights", f"the function may not {' and '.join(denied)}", RIGHTS)
    words = f"the function may not {denied[0]}, without which S3 says of what is missing that it is forbidden"
    return Finding(Outcome.NOTE, "rights", words, RIGHTS)
