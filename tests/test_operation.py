"""The life of a stack on the local cloud: deployed, its model changed and changed back, destroyed.

The tests are in that order; each also runs alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from infra import deploy as program
from infra.buckets import measure, versions_of
from infra.deployment import describe, outputs_of
from infra.destroy import SAM_STACK, destroy
from infra.local_cloud import CREDENTIALS, NOT_READ, host_architecture
from tests.clouds import LocalCloud
from tests.conftest import Trained
from training import train as train_module
from training.__main__ import cli
from training.train import save

STACK = "operated"
DEADLINE_S = 30


@dataclass(frozen=True)
class Stack:
    """A stack that `make deploy` made, which serves the live version of its models bucket."""

    cloud: LocalCloud
    outputs: dict[str, str]

    @property
    def url(self) -> str:
        return self.outputs["FunctionUrl"].rstrip("/")

    def health(self) -> httpx.Response:
        return httpx.get(f"{self.url}/health", timeout=DEADLINE_S)

    def version(self) -> str:
        return self.health().headers["x-model-version"]

    def code(self) -> tuple[str, str]:
        """Return which version of the function is asked, and its hash: both change by a deployment only."""
        client, name = self.cloud.client("lambda"), f"{STACK}-predict"
        number = client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
        return number, client.get_function_configuration(FunctionName=name, Qualifier=number)["CodeSha256"]


@pytest.fixture(scope="module")
def stack(local_cloud: LocalCloud, trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    cloud, folder = local_cloud, tmp_path_factory.mktemp("operated")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": cloud.localstack.url}.items():
            patch.setenv(name, value)
        for name in NOT_READ:
            patch.delenv(name, raising=False)
        patch.setattr(program, "TEMPLATE", cloud.folder / "template.yaml")
        patch.setattr(program, "OUT", cloud.folder / "function")
        patch.setattr(program, "PACKAGED_MODEL", trained.path)
        words = f"ModelName={trained.document['name']} ModelRefreshSeconds=1 Monitoring=On Website=Public"
        package = {"RUNTIME": cloud.localstack.runtime, "ARCH": host_architecture()}
        environment = {"STACK": STACK, "PARAMETERS": words, **package}
        outputs = program.deploy_stack(environment, folder / "deploy.log")
        patch.setenv("MODEL_REGISTRY", f"s3://{outputs['ModelsBucketName']}")
        yield Stack(cloud, outputs)


def test_served_version_follows_the_registry_without_a_deployment(
    stack: Stack, trained: Trained, reseeded: train_module.Trained, tmp_path: Path
) -> None:
    first, second = trained.document["version"], reseeded.document["version"]
    save(reseeded, tmp_path / "other", None)
    assert stack.health().json()["source"] == "packaged model"
    code = stack.code()
    run("publish", str(trained.path.parent))
    run("publish", str(tmp_path / "other"))
    run("promote", second, "--name", trained.document["name"])
    wait_until(lambda: stack.version() == second)
    assert stack.health().json()["source"] == "live"
    run("promote", first, "--name", trained.document["name"], "--force")
    wait_until(lambda: stack.version() == first)
    run("rollback", "--name", trained.document["name"])
    wait_until(lambda: stack.version() == second)
    assert stack.code() == code


def run(*words: str) -> None:
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_alarms_are_there(stack: Stack) -> None:
    client = stack.cloud.client("cloudwatch")
    alarms = client.describe_alarms(AlarmNamePrefix=STACK)["MetricAlarms"]
    assert {alarm["AlarmName"].split("-")[1] for alarm in alarms} == {
        "ErrorsAlarm",
        "ThrottlesAlarm",
        "DurationAlarm",
        "ModelAlarm",
    }


def test_destroy_leaves_nothing(stack: Stack) -> None:
    """Of models neither: LocalStack knows no RetainExceptOnCreate. tests/test_destroy.py has those that stay."""
    packages = source_bucket()
    assert measure(stack.outputs["WebsiteBucketName"]).objects > 0
    assert any(version["Key"].startswith(f"{STACK}/") for version in versions_of(packages))
    assert left(stack.cloud) > {stack.outputs["ModelsBucketName"], stack.outputs["WebsiteBucketName"], STACK}
    destroy(STACK, stack.outputs["ModelsBucketName"])
    assert left(stack.cloud) == set()
    assert [version["Key"] for version in versions_of(packages) if version["Key"].startswith(f"{STACK}/")] == []


def source_bucket() -> str:
    return outputs_of(describe(SAM_STACK))["SourceBucket"]


def left(cloud: LocalCloud) -> set[str]:
    """Return the names of what there is of the stack, of all kinds that a bill may have."""
    client = cloud.client
    found = [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]
    found += [
        function["FunctionName"] for function in client("lambda").list_functions(FunctionVersion="ALL")["Functions"]
    ]
    found += [group["logGroupName"] for group in client("logs").describe_log_groups()["logGroups"]]
    found += [alarm["AlarmName"] for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]]
    stacks = client("cloudformation").describe_stacks()["Stacks"]  # LocalStack lists those that are deleted, too
    found += [stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"]
    found += [role["RoleName"] for role in client("iam").list_roles()["Roles"]]
    return {name for name in found if STACK in name}
