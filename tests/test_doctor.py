"""The doctor says in one line each what is well, what is not, and the cure, and never ends with a traceback."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws
from typer.testing import CliRunner

from predict.aws import make_client
from predict.registry import Address
from tests.clouds import LocalCloud
from tests.registries import NAME, publish_number
from training import ROOT
from training import __main__ as command_line
from training.doctor.function import ALIAS
from training.doctor.stack import find_stack_name
from training.registry.bucket import Bucket
from training.registry.pointer import promote
from training.registry.versions import Registered

CLIENT: Any = BaseClient
SESSION = boto3.Session("test", "test")  # one, that reads boto3's tables once
STACK = find_stack_name()
FUNCTION = f"{STACK}-predict"
BUCKET = f"{STACK}-models"
REGISTRY = f"s3://{BUCKET}"
URI = Address(BUCKET, f"models/{NAME}").uri
ROLE = "arn:aws:iam::123456789012:role/predict"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
NAMES = [
    "region", "place", "credentials", "quota", "stack", "permissions", "CORS", "versions", "runtime", "follows",
    "answer", "registry",
]  # fmt: skip


class World:
    """An account of moto's with the stack; `answers` are what operations answer instead, which moto may not know."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, function_url: str) -> None:
        limit = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 990}
        allowed = {"EvaluationResults": [{"EvalDecision": "allowed"}]}
        self.answers: dict[str, Any] = {
            "GetAccountSettings": {"AccountLimit": limit},
            "SimulatePrincipalPolicy": allowed,
        }
        call = CLIENT._make_api_call  # moto's own advice for what it does not know

        def answer(client: Any, operation: str, arguments: Any) -> Any:
            found = self.answers.get(operation)
            if isinstance(found, str):
                raise ClientError({"Error": {"Code": found, "Message": "As the test has it."}}, operation)
            return call(client, operation, arguments) if found is None else found

        monkeypatch.setattr(BaseClient, "_make_api_call", answer)
        template = {
            "Resources": {"Models": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}}},
            "Outputs": {"FunctionUrl": {"Value": function_url}, "ModelsBucketName": {"Value": BUCKET}},
        }
        make_client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))
        make_client("iam").create_role(RoleName="predict", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.functions = make_client("lambda")
        self.functions.create_function(
            FunctionName=FUNCTION,
            Runtime="python3.13",
            Role=ROLE,
            Handler="main.handler",
            Code={"ZipFile": zip_of("one")},
            Environment={"Variables": {"MODEL_URI": URI}},
            Publish=True,
        )
        self.functions.create_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1")
        self.functions.create_function_url_config(FunctionName=FUNCTION, AuthType="NONE", Qualifier=ALIAS)
        for action in ("InvokeFunctionUrl", "InvokeFunction"):
            self.permit(action)

    def permit(self, action: str) -> None:
        option: Any = (
            {"FunctionUrlAuthType": "NONE"} if action == "InvokeFunctionUrl" else {"InvokedViaFunctionUrl": True}
        )
        self.functions.add_permission(
            FunctionName=FUNCTION,
            Qualifier=ALIAS,
            StatementId=action,
            Action=f"lambda:{action}",
            Principal="*",
            **option,
        )

    def publish_and_promote(self) -> str:
        model = Registered(Bucket(make_client("s3"), BUCKET), Address(BUCKET, f"models/{NAME}"))
        version = publish_number(model, 1)
        promote(model, version, None)
        return version


def zip_of(text: str) -> bytes:
    with zipfile.ZipFile(contents := io.BytesIO(), "w") as file:
        file.writestr("main.py", text)
    return contents.getvalue()


@contextmanager
def serve_health(status: int, body: bytes) -> Iterator[str]:
    """Serve what a function answers, at every path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (named by the base class)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account of moto's with nothing in it."""
    monkeypatch.setattr("boto3.Session", lambda: SESSION)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "MODEL_REGISTRY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws(config={"lambda": {"use_docker": False}, "iam": {"load_aws_managed_policies": False}}):
        yield


@pytest.fixture
def world(account: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An account where all is well."""
    with serve_health(200, b'{"model_version": "0123456789ab", "source": "live"}') as url:
        yield World(monkeypatch, url)


def examine(*options: str, code: int = 0) -> dict[str, str]:
    """Return what the command says of each name, with the outcome before it, in the order of the lines."""
    result = CliRunner().invoke(command_line.cli, ["doctor", "--name", NAME, *options])
    assert result.exit_code == code, result.output
    assert result.stderr == ""
    lines = [(line[6:17].strip(), f"{line[:4]} {line[19:]}") for line in result.stdout.splitlines()]
    assert len(dict(lines)) == len(lines)
    return dict(lines)


def test_all_that_is_well_passes_in_a_line_each(world: World) -> None:
    version = world.publish_and_promote()
    found = examine()
    assert list(found) == [*NAMES[:10], "rights", *NAMES[10:]]
    assert {each[:4] for each in found.values()} == {"PASS"}
    assert found["region"] == "PASS us-east-1"
    assert found["place"] == "PASS AWS, https://sts.us-east-1.amazonaws.com"
    assert found["credentials"].startswith("PASS arn:aws:sts::123456789012:")
    assert found["quota"] == "PASS 1,000 executions at a time, 990 of them not reserved"
    assert found["stack"].startswith(f"PASS {STACK} is CREATE_COMPLETE, FunctionUrl http://127.0.0.1:")
    assert found["permissions"] == "PASS NONE: everybody has both that the URL takes"
    assert found["CORS"] == "PASS off"
    assert found["versions"] == "PASS 1 answers, 0 old of 0.0 MB in all, which cost nothing"
    assert found["runtime"] == "PASS python3.13, supported until 2029-06-30"
    assert found["follows"] == f"PASS {URI}"
    assert found["rights"] == "PASS the function may read what it follows"
    assert found["answer"].endswith("/health answers with 0123456789ab")
    assert found["registry"].startswith(f"PASS {version} of {NAME} is live in {REGISTRY} since ")
    assert found["registry"].endswith(", its 3 files whole")


def test_page_has_a_row_for_each_line_in_their_order(world: World) -> None:
    page = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\w+) \|", page, re.MULTILINE)[1:] == list(examine())


def test_account_without_a_stack_is_no_failure(account: None, world_answers: None) -> None:
    found = examine()
    assert found["stack"] == f"SKIP there is no stack {STACK} here; make deploy (docs/aws.md)"
    assert found["registry"].startswith("SKIP none is named, and there is no stack whose bucket it could be; name one")
    assert list(found) == [*NAMES[:5], "registry"]


@pytest.fixture
def world_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new account's quota, which moto does not know."""
    limit = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    call = CLIENT._make_api_call
    settings = {"AccountLimit": limit}
    monkeypatch.setattr(
        BaseClient,
        "_make_api_call",
        lambda client, operation, given: (
            settings if operation == "GetAccountSettings" else call(client, operation, given)
        ),
    )


def test_new_accounts_quota_is_noted_with_its_cure(account: None, world_answers: None) -> None:
    found = examine()["quota"]
    assert found.startswith("NOTE 10 executions at a time, 10 of them not reserved, as new accounts have: ")
    assert found.endswith(
        "request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000"
    )


@pytest.mark.parametrize("lacking", ["InvokeFunctionUrl", "InvokeFunction"])
def test_permission_that_the_url_lacks_fails_with_the_command(world: World, lacking: str) -> None:
    world.functions.remove_permission(FunctionName=FUNCTION, Qualifier=ALIAS, StatementId=lacking)
    found = examine(code=1)["permissions"]
    assert found.startswith(f"FAIL NONE: everybody lacks lambda:{lacking}, without which the URL answers 403; ")
    assert f"aws lambda add-permission --function-name {FUNCTION} --qualifier live --statement-id {lacking} " in found
    world.permit(lacking)
    assert examine()["permissions"].startswith("PASS")


def test_url_without_any_policy_lacks_both(world: World) -> None:
    for name in ("InvokeFunctionUrl", "InvokeFunction"):
        world.functions.remove_permission(FunctionName=FUNCTION, Qualifier=ALIAS, StatementId=name)
    assert "lacks lambda:InvokeFunctionUrl and lambda:InvokeFunction" in examine(code=1)["permissions"]


def test_cors_that_is_doubled_fails(world: World) -> None:
    world.functions.update_function_url_config(
        FunctionName=FUNCTION, Qualifier=ALIAS, Cors={"AllowOrigins": ["https://a.example"]}
    )
    assert examine()["CORS"] == "PASS for https://a.example, by the URL alone"
    world.answers["GetFunctionConfiguration"] = {
        "Role": ROLE,
        "Runtime": "python3.13",
        "Environment": {"Variables": {"ALLOWED_ORIGINS": "https://b.example", "MODEL_URI": URI}},
    }
    found = examine(code=1)["CORS"]
    assert found.startswith("FAIL set twice, which browsers refuse: for https://a.example by the URL, and by ALLOWED_")
    assert found.endswith("take ALLOWED_ORIGINS out of the function's variables")


def test_old_versions_are_counted(world: World) -> None:
    for text in ("two", "three"):
        world.functions.update_function_code(FunctionName=FUNCTION, ZipFile=zip_of(text), Publish=True)
    world.functions.update_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="3")
    assert examine()["versions"] == "PASS 3 answers, 2 old of 0.0 MB in all, which cost nothing"


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("GetAccountSettings", "quota"),
        ("DescribeStacks", "stack"),
        ("GetPolicy", "permissions"),
        ("GetFunctionUrlConfig", "CORS"),
        ("ListVersionsByFunction", "versions"),
        ("GetAlias", "versions"),
        ("GetFunctionConfiguration", "runtime"),
        ("SimulatePrincipalPolicy", "follows"),
    ],
)
def test_what_the_caller_may_not_see_is_skipped(world: World, operation: str, name: str) -> None:
    world.answers[operation] = "AccessDeniedException"
    result = CliRunner().invoke(command_line.cli, ["doctor", "--name", NAME])
    assert result.exit_code == 0, result.output
    assert f"SKIP  {name:11}  not seen: {operation} was answered with AccessDeniedException" in result.stdout


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"model_version": "a", "source": "packaged model"}', "NOTE {} answers with a, the packaged model, since what is live was not had; see its log"),
        (200, b'{"model_version": "a"}', "PASS {} answers with a"),
        (200, b"<p>", "FAIL {} answers something else; is this the function's address?"),
        (200, b"[]", "FAIL {} answers something else; is this the function's address?"),
        (403, b"{}", "FAIL {} answers 403; see the line of the URL's permissions"),
        (418, b"{}", "FAIL {} answers 418; see the function's log"),
    ],
)  # fmt: skip
def test_answer_of_the_function_is_told(
    account: None, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, expected: str
) -> None:
    with serve_health(status, body) as url:
        World(monkeypatch, url)
        found = examine(code=int(expected.startswith("FAIL")))["answer"]
    assert found == expected.format(f"{url}health")


def test_url_of_signed_requests_is_not_asked(world: World) -> None:
    world.functions.update_function_url_config(FunctionName=FUNCTION, Qualifier=ALIAS, AuthType="AWS_IAM")
    assert examine()["answer"] == "SKIP not asked: the URL answers signed requests only"


def test_stack_of_something_else_is_not_looked_into(world: World) -> None:
    world.answers["DescribeStacks"] = {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}
    assert list(examine("--stack", "other")) == [*NAMES[:5], "registry"]


def test_function_that_is_not_there_is_told(account: None, monkeypatch: pytest.MonkeyPatch) -> None:
    World(monkeypatch, "http://127.0.0.1:9/")
    found = examine(code=1)["answer"]
    assert found.startswith("FAIL http://127.0.0.1:9/health does not answer (")


def test_registry_is_told_from_nothing_live_to_damaged(world: World) -> None:
    words = f"{REGISTRY} is reached, and nothing of {NAME} is live in it; python -m training publish, then promote"
    assert examine()["registry"] == f"NOTE {words}"
    version = world.publish_and_promote()
    make_client("s3").delete_object(Bucket=BUCKET, Key=f"models/{NAME}/{version}/model.json")
    found = examine(code=1)["registry"]
    assert found.startswith(f"FAIL {REGISTRY}/models/{NAME}/{version}/model.json is not there; ")
    assert examine("--registry", "s3://none", code=1)["registry"].startswith(
        f"FAIL s3://none/models/{NAME}/live cannot be read: there is no such bucket; make it"
    )


def test_role_that_may_not_read_fails_and_one_that_may_not_list_is_noted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = {"EvaluationResults": [{"EvalDecision": "implicitDeny"}]}
    world.answers["SimulatePrincipalPolicy"] = denied
    found = examine(code=1)["rights"]
    assert found.startswith(
        f"FAIL the function may not s3:GetObject on arn:aws:s3:::{BUCKET}/models/{NAME}/live and s3:List"
    )
    answer = CLIENT._make_api_call

    def allow_reading(client: Any, operation: str, given: Any) -> Any:
        if given.get("ActionNames") == ["s3:GetObject"]:
            return {"EvaluationResults": [{"EvalDecision": "allowed"}]}
        return answer(client, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", allow_reading)
    assert examine()["rights"].startswith(f"NOTE the function may not s3:ListBucket on arn:aws:s3:::{BUCKET}, without")


def test_function_of_a_packaged_model_follows_nothing(world: World) -> None:
    world.answers["GetFunctionConfiguration"] = {"Role": ROLE, "Runtime": "python3.13"}
    found = examine()
    assert found["follows"] == "PASS no registry: the function answers with the model of its package"
    assert "rights" not in found


@pytest.mark.parametrize(
    ("variables", "name", "expected"),
    [
        ({"AWS_DEFAULT_REGION": ""}, "region", "FAIL You must specify a region; set AWS_DEFAULT_REGION, or AWS_PROFILE"),
        ({"AWS_PROFILE": "nobody"}, "region", "FAIL The config profile (nobody) could not be found; set"),
        ({"AWS_ENDPOINT_URL": "http://"}, "region", "FAIL "),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "place", "NOTE not AWS, http://127.0.0.1:9, by AWS_ENDPOINT_URL; to ask AWS, unset AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "credentials", "FAIL Could not connect to the endpoint URL"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "credentials", "FAIL Unable to locate credentials; sign in"),
    ],
)  # fmt: skip
def test_who_cannot_ask_is_told_the_cure_and_nothing_else_is_asked(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str, expected: str
) -> None:
    ours = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    empty = dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "MODEL_REGISTRY"), "")
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/none", "AWS_SHARED_CREDENTIALS_FILE": "/none"}
    for key, value in {**empty, **nowhere, **ours, **variables}.items():
        if value:
            monkeypatch.setenv(key, value)
        else:
            monkeypatch.delenv(key, raising=False)
    found = examine(code=1)
    assert found[name].startswith(expected)
    (last,) = [each for key, each in found.items() if key == "the rest"]
    assert last.startswith("SKIP not asked without ")


def test_refused_credentials_fail(world: World) -> None:
    world.answers["GetCallerIdentity"] = "ExpiredToken"
    assert examine(code=1)["credentials"].startswith("FAIL they are refused (ExpiredToken); sign in (aws sso login")
    world.answers["GetCallerIdentity"] = {"Arn": "arn:aws:iam::123456789012:root"}
    assert examine()["credentials"].startswith("NOTE arn:aws:iam::123456789012:root, who may do everything; use a role")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("UPDATE_COMPLETE", "PASS"),
        ("UPDATE_ROLLBACK_COMPLETE", "NOTE"),
        ("UPDATE_IN_PROGRESS", "NOTE"),
        ("ROLLBACK_COMPLETE", "FAIL"),
        ("UPDATE_ROLLBACK_FAILED", "FAIL"),
    ],
)
def test_state_of_the_stack_is_told(world: World, status: str, expected: str) -> None:
    outputs = make_client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    world.answers["DescribeStacks"] = {"Stacks": [{"StackStatus": status, "Outputs": outputs}]}
    found = examine(code=int(expected == "FAIL"))["stack"]
    assert found.startswith(f"{expected} {STACK} is {status}, ")


def test_local_cloud_is_well(local_cloud: LocalCloud, credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", local_cloud.localstack.url)
    monkeypatch.delenv("MODEL_REGISTRY", raising=False)
    found = examine()
    assert found["place"].startswith("NOTE LocalStack 20")
    assert found["permissions"].startswith("SKIP not judged: what is not AWS")
    assert found["CORS"] == f"PASS for {local_cloud.website_url}, by the URL alone"
    assert found["answer"].startswith(f"PASS {local_cloud.function_url}/health answers with ")
    assert found["runtime"].startswith("PASS python3.1")
    assert found["registry"].startswith("NOTE s3://")
