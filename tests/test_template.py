"""template.yaml: safe and cheap by default, one open door, one place for CORS, and a role that may do what it needs."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from infra.emulator import HANDLER, MEMORY_MB, TIMEOUT_S
from infra.package import ARCHITECTURE, FUNCTIONS, OUT, ROOT, RUNTIME
from infra.target import MACHINES, PYTHONS
from predict.settings import Settings

TEXT = (ROOT / "template.yaml").read_text(encoding="utf-8")


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's tags, such as !Ref x, as {"Ref": "x"}."""


def construct(loader: Any, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.MappingNode):
        return {tag: loader.construct_mapping(node, deep=True)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_scalar(node)}


Loader.add_multi_constructor("!", construct)
TEMPLATE: dict[str, Any] = yaml.load(TEXT, Loader)
RESOURCES, PARAMETERS = TEMPLATE["Resources"], TEMPLATE["Parameters"]
FUNCTION = RESOURCES["PredictFunction"]["Properties"]


def of_type(kind: str) -> dict[str, Any]:
    return {name: resource for name, resource in RESOURCES.items() if resource["Type"] == kind}


def test_defaults_are_those_of_make_package_and_make_lambda() -> None:
    assert FUNCTION["CodeUri"] == OUT.relative_to(ROOT).as_posix()
    assert FUNCTION["Handler"] == HANDLER
    expected = {"Runtime": RUNTIME, "Architecture": ARCHITECTURE, "MemorySize": MEMORY_MB, "Timeout": TIMEOUT_S}
    assert {name: PARAMETERS[name]["Default"] for name in expected} == expected
    assert PARAMETERS["Runtime"]["AllowedValues"] == [f"python{version}" for version in PYTHONS]
    assert PARAMETERS["Architecture"]["AllowedValues"] == list(MACHINES)
    module, name = HANDLER.rsplit(".", 1)
    source = FUNCTIONS.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    assert re.search(rf"^{name} = ", source, re.MULTILINE)


def test_what_costs_or_opens_is_off_by_default() -> None:
    off = {"SnapStart": "Off", "Website": "Off", "HttpApi": "Off", "AllowedOrigins": "", "ReservedConcurrency": -1}
    assert {name: PARAMETERS[name]["Default"] for name in off} == off


def test_every_parameter_is_used_and_described_in_the_docs() -> None:
    rows = dict(
        re.findall(r"^\| `(\w+)` \| (\S+) \|", (ROOT / "docs" / "aws.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    words = {"": "none"}
    assert rows == {name: words.get(str(given["Default"]), str(given["Default"])) for name, given in PARAMETERS.items()}
    assert [name for name in PARAMETERS if not re.search(rf"!Ref {name}\b", TEXT)] == []
    assert [name for name, given in PARAMETERS.items() if not given["Description"]] == []


def test_url_is_of_the_alias_and_anyone_or_signed_requests_may_ask() -> None:
    assert FUNCTION["AutoPublishAlias"] == "live"
    assert FUNCTION["AutoPublishAliasAllProperties"] is True
    assert FUNCTION["FunctionUrlConfig"]["AuthType"] == {"Ref": "AuthType"}
    assert PARAMETERS["AuthType"]["AllowedValues"] == ["NONE", "AWS_IAM"]
    outputs = TEMPLATE["Outputs"]
    assert outputs["FunctionUrl"]["Value"] == {"GetAtt": "PredictFunctionUrl.FunctionUrl"}
    assert {name for name, output in outputs.items() if "Condition" not in output} == {
        "FunctionUrl",
        "ModelsBucketName",
    }


def test_cors_is_in_the_urls_configuration_and_nowhere_else() -> None:
    has_cors, cors, none = FUNCTION["FunctionUrlConfig"]["Cors"]["If"]
    assert (has_cors, none) == ("HasCors", {"Ref": "AWS::NoValue"})
    assert cors["AllowMethods"] == ["GET", "HEAD", "POST"]
    sent = {"content-type", "x-amz-content-sha256"}
    assert set(cors["AllowHeaders"]) == sent
    page = (ROOT / "frontend" / "static" / "api.js").read_text(encoding="utf-8").lower()
    assert [name for name in sent if name not in page] == []
    assert cors["ExposeHeaders"] == ["x-model-version", "x-request-id"]
    assert "Cors" not in str({name: each for name, each in RESOURCES.items() if name != "PredictFunction"})
    assert "Environment" not in FUNCTION  # and so no ALLOWED_ORIGINS
    assert Settings.from_environment({}).allowed_origins == ()


def test_http_api_is_there_on_demand_only() -> None:
    conditions = {name: resource.get("Condition") for name, resource in RESOURCES.items()}
    assert {name for name, condition in conditions.items() if condition == "HasHttpApi"} == {"Api", "ApiPermission"}
    assert {name for name, condition in conditions.items() if condition == "HasWebsite"} == {
        "WebsiteBucket",
        "WebsiteBucketPolicy",
    }
    assert "Events" not in FUNCTION


def test_role_has_no_wildcard_but_the_models_of_its_bucket() -> None:
    (role,) = of_type("AWS::IAM::Role").values()
    assert FUNCTION["Role"] == {"GetAtt": "PredictRole.Arn"}
    assert "ManagedPolicyArns" not in role["Properties"]
    statements = [each for policy in role["Properties"]["Policies"] for each in policy["PolicyDocument"]["Statement"]]
    assert {each["Sid"]: (each["Action"], each["Resource"]) for each in statements} == {
        "WriteItsLog": (["logs:CreateLogStream", "logs:PutLogEvents"], {"GetAtt": "PredictLog.Arn"}),
        "ReadModels": ("s3:GetObject", {"Sub": "${ModelsBucket.Arn}/models/*"}),
    }


def test_log_is_the_functions_own_and_is_kept_for_a_while_only() -> None:
    (log,) = of_type("AWS::Logs::LogGroup").values()
    assert log["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert log["Properties"]["LogGroupName"]["Sub"] == f"/aws/lambda/{FUNCTION['FunctionName']['Sub']}"
    assert FUNCTION["LoggingConfig"] == {"LogGroup": {"Ref": "PredictLog"}}


def test_models_are_private_encrypted_versioned_and_kept() -> None:
    bucket = RESOURCES["ModelsBucket"]
    properties = bucket["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "BucketEncryption" in properties
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    (statement,) = RESOURCES["ModelsBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": False}})


def test_website_may_be_read_and_nothing_else() -> None:
    (statement,) = RESOURCES["WebsiteBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "s3:GetObject")
    access = RESOURCES["WebsiteBucket"]["Properties"]["PublicAccessBlockConfiguration"]
    assert (access["BlockPublicAcls"], access["IgnorePublicAcls"]) == (True, True)


@pytest.mark.parametrize("name", RESOURCES)
def test_what_checkov_is_told_to_skip_has_a_reason(name: str) -> None:
    skipped = RESOURCES[name].get("Metadata", {}).get("checkov", {}).get("skip", [])
    assert [each["id"] for each in skipped if len(each["comment"]) < 20] == []
