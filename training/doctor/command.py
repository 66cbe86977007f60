"""The command: python -m training doctor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from predict.aws import make_client
from training.doctor.account import look_at_caller, look_at_place, look_at_quota, look_at_region
from training.doctor.finding import Finding, Outcome, look
from training.doctor.function import look_at_cors, look_at_permissions, look_at_runtime, look_at_versions
from training.doctor.registry import look_at_follower, look_at_registry
from training.doctor.stack import find_stack_name, look_at_answer, look_at_stack
from training.problem import PROBLEM_FILE, read_problem
from training.progress import told

cli = typer.Typer()
WIDTH = 11  # of the longest name


@cli.command("doctor")
def examine(
    stack: Annotated[
        str | None,
        typer.Option("--stack", envvar="STACK", help="The stack, instead of the one that samconfig.toml names."),
    ] = None,
    registry: Annotated[
        str | None,
        typer.Option("--registry", envvar="MODEL_REGISTRY", help="The registry, instead of the stack's own bucket."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The model, instead of the problem file's.")] = None,
) -> None:
    """Look at the account, the deployed function and the registry: a line each, with the cure; 1 if something fails."""
    with told():
        name = read_problem(PROBLEM_FILE).name if name is None else name
    failed = False
    for finding in diagnose(stack or find_stack_name(), registry, name):
        failed |= finding.outcome is Outcome.FAIL
        typer.echo(f"{finding.outcome}  {finding.name:{WIDTH}}  {finding.sentence}")
    raise typer.Exit(int(failed))


def diagnose(stack: str, registry: str | None, name: str) -> Iterator[Finding]:
    """Yield all that is found; without a region or credentials, nothing else can be asked."""
    found = {}
    for check in (look_at_region, look_at_place, look_at_caller):
        yield (finding := check())
        found[finding.name] = finding
        if finding.outcome is Outcome.FAIL:
            yield Finding(Outcome.SKIP, "the rest", f"not asked without {finding.name}")
            return
    functions = make_client("lambda")
    yield from look("quota", look_at_quota, functions)
    finding, outputs = look_at_stack(make_client("cloudformation"), stack)
    yield finding
    if "FunctionUrl" in outputs:
        function = f"{stack}-predict"
        if found["place"].outcome is Outcome.PASS:
            yield from look("permissions", look_at_permissions, functions, function)
        else:
            yield Finding(
                Outcome.SKIP, "permissions", "not judged: what is not AWS enforces none, nor keeps them whole"
            )
        yield from look("CORS", look_at_cors, functions, function)
        yield from look("versions", look_at_versions, functions, function)
        yield from look("runtime", look_at_runtime, functions, function, datetime.now(UTC).date())
        yield from look("follows", look_at_follower, functions, make_client("iam"), function)
        yield from look("answer", look_at_answer, functions, function, outputs["FunctionUrl"])
    if registry is None and "ModelsBucketName" in outputs:
        registry = f"s3://{outputs['ModelsBucketName']}"
    if registry is None:
        words = "none is named, and there is no stack whose bucket it could be"
        yield Finding(Outcome.SKIP, "registry", words, "name one by --registry or MODEL_REGISTRY")
    else:
        yield look_at_registry(registry, name)
