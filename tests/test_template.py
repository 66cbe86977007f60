"""template.yaml: safe and cheap by default, one open door, one place for CORS, and a role that may do what it needs.

What no local cloud has, CloudFront and CodeDeploy, is read here, and transformed by SAM.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import Any

import pytest
import yaml

from infra import deploy
from infra.deployment import SAM
from infra.emulator import HANDLER, MEMORY_MB, TIMEOUT_S
from infra.package import ARCHITECTURE, FUNCTIONS, OUT, PAGE, ROOT, RUNTIME
from infra.target import MACHINES, PYTHONS
from infra.variants import VARIANTS, with_defaults
from predict.documents import PAGE_POLICY, SAFETY
from predict.settings import Settings

TEXT = (ROOT / "template.yaml").read_text(encoding="utf-8")
SAM_PYTHON = SAM.with_name("python")
CLOUDFRONT = "AWS::CloudFront"
DISTRIBUTION_ARN = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}"
# AWS's own policies, by the ids of their documentation
CACHING_OPTIMIZED, CACHING_DISABLED = "658327ea-f89d-4fab-a63d-7e88639e58f6", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


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


PERMISSIONS = {name for name, resource in RESOURCES.items() if resource["Type"] == "AWS::Lambda::Permission"}


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
    off |= {"Canary": "Off", "Monitoring": "Off", "AlarmEmail": "", "ModelName": ""}
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
    assert FUNCTION["FunctionUrlConfig"]["AuthType"] == {"If": ["IsOpen", "NONE", "AWS_IAM"]}
    assert PARAMETERS["AuthType"]["AllowedValues"] == ["NONE", "AWS_IAM"]
    outputs = TEMPLATE["Outputs"]
    assert outputs["FunctionUrl"]["Value"] == {"GetAtt": "PredictFunctionUrl.FunctionUrl"}
    assert {name for name, output in outputs.items() if "Condition" not in output} == {
        "FunctionUrl",
        "ModelsBucketName",
    }


def test_open_url_has_both_permissions_that_aws_asks_for() -> None:
    open_ = {name: RESOURCES[name]["Properties"] for name in ("OpenUrlPermission", "OpenInvokePermission")}
    anyone = {"FunctionName": {"Sub": "${AWS::StackName}-predict:live"}, "Principal": "*"}
    assert {RESOURCES[name]["DependsOn"] for name in open_} == {"PredictFunctionAliaslive"}
    assert open_ == {
        "OpenUrlPermission": {**anyone, "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
        "OpenInvokePermission": {**anyone, "Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
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
    assert set(FUNCTION["Environment"]["Variables"]) == {
        "MODEL_URI",
        "MODEL_REFRESH_S",
        "BASE_PATH",
    }  # no ALLOWED_ORIGINS
    assert Settings.from_environment({}).allowed_origins == ()


def test_what_is_not_asked_for_is_not_made() -> None:
    conditions = {name: resource.get("Condition") for name, resource in RESOURCES.items()}
    made = {
        condition: {name for name, each in conditions.items() if each == condition} for condition in conditions.values()
    }
    assert made == {
        None: {"PredictFunction", "PredictRole", "PredictLog", "ModelsBucket", "ModelsBucketPolicy"},
        "IsOpen": {"OpenUrlPermission", "OpenInvokePermission"},
        "HasHttpApi": {"Api", "ApiPermission"},
        "HasWebsite": {"WebsiteBucket", "WebsiteBucketPolicy"},
        "HasDistribution": {
            "Distribution",
            "SafeHeaders",
            "BucketAccess",
            "UrlAccess",
            "UrlPermission",
            "InvokePermission",
        },
        "HasErrorsAlarm": {"ErrorsAlarm"},
        "HasMonitoring": {"ThrottlesAlarm", "DurationAlarm", "Dashboard"},
        "HasModelAlarm": {"ModelProblems", "ModelAlarm"},
        "HasEmail": {"AlarmTopic"},
    }
    assert "Events" not in FUNCTION


def test_registry_is_the_functions_own_bucket() -> None:
    variables = FUNCTION["Environment"]["Variables"]
    none = {"Ref": "AWS::NoValue"}
    assert variables["MODEL_URI"] == {
        "If": ["HasRegistry", {"Sub": "s3://${ModelsBucket}/models/${ModelName}/live"}, none]
    }
    assert variables["MODEL_REFRESH_S"] == {"If": ["HasRegistry", {"Ref": "ModelRefreshSeconds"}, none]}
    assert PARAMETERS["ModelRefreshSeconds"]["Default"] == Settings().refresh_s
    names = re.compile(PARAMETERS["ModelName"]["AllowedPattern"])
    assert [name for name in ("", "a", "A-b_c.1") if not names.fullmatch(name)] == []
    assert [name for name in ("-a", "a/b", "a b", "..") if names.fullmatch(name)] == []


def test_role_has_no_wildcard_but_the_models_of_its_bucket() -> None:
    (role,) = of_type("AWS::IAM::Role").values()
    assert FUNCTION["Role"] == {"GetAtt": "PredictRole.Arn"}
    assert "ManagedPolicyArns" not in role["Properties"]
    statements = [each for policy in role["Properties"]["Policies"] for each in policy["PolicyDocument"]["Statement"]]
    assert {each["Sid"]: (each["Action"], each["Resource"]) for each in statements} == {
        "WriteItsLog": (["logs:CreateLogStream", "logs:PutLogEvents"], {"GetAtt": "PredictLog.Arn"}),
        "ReadModels": ("s3:GetObject", {"Sub": "${ModelsBucket.Arn}/models/*"}),
        "TellMissingFromForbidden": ("s3:ListBucket", {"GetAtt": "ModelsBucket.Arn"}),
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
    condition, everybody, distribution = statement["If"]
    assert condition == "IsPublic"
    for each in (everybody, distribution):
        assert (each["Effect"], each["Action"]) == ("Allow", "s3:GetObject")
    assert distribution["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert distribution["Condition"] == {"StringEquals": {"aws:SourceArn": {"Sub": DISTRIBUTION_ARN}}}
    access = RESOURCES["WebsiteBucket"]["Properties"]["PublicAccessBlockConfiguration"]
    assert access == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": {"If": ["IsPublic", False, True]},
        "RestrictPublicBuckets": {"If": ["IsPublic", False, True]},
    }


def test_cloudfront_is_the_one_way_in() -> None:
    is_open = TEMPLATE["Conditions"]["IsOpen"]
    assert is_open == {"And": [{"Equals": [{"Ref": "AuthType"}, "NONE"]}, {"Not": [{"Condition": "HasDistribution"}]}]}
    allowed = [each["Properties"] for name, each in RESOURCES.items() if name in ("UrlPermission", "InvokePermission")]
    assert {each["Action"] for each in allowed} == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    for each in allowed:
        assert each["FunctionName"] == {"Ref": "PredictFunction.Alias"}
        assert (each["Principal"], each["SourceArn"]) == ("cloudfront.amazonaws.com", {"Sub": DISTRIBUTION_ARN})
    access = {
        name: each["Properties"]["OriginAccessControlConfig"]
        for name, each in of_type(f"{CLOUDFRONT}::OriginAccessControl").items()
    }
    assert {name: each["OriginAccessControlOriginType"] for name, each in access.items()} == {
        "BucketAccess": "s3",
        "UrlAccess": "lambda",
    }
    assert {(each["SigningBehavior"], each["SigningProtocol"]) for each in access.values()} == {("always", "sigv4")}


def test_cloudfront_keeps_the_page_and_asks_the_function_each_time() -> None:
    config = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
    origins = {origin["Id"]: origin for origin in config["Origins"]}
    assert origins["page"]["OriginAccessControlId"] == {"Ref": "BucketAccess"}
    assert origins["function"]["OriginAccessControlId"] == {"Ref": "UrlAccess"}
    page, (api,) = config["DefaultCacheBehavior"], config["CacheBehaviors"]
    assert (page["TargetOriginId"], api["TargetOriginId"]) == ("page", "function")
    assert (page["CachePolicyId"], api["CachePolicyId"]) == (CACHING_OPTIMIZED, CACHING_DISABLED)
    assert (page["ViewerProtocolPolicy"], api["ViewerProtocolPolicy"]) == ("redirect-to-https", "https-only")
    assert api["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST_HEADER
    assert "POST" in api["AllowedMethods"]
    assert config["PriceClass"] == "PriceClass_100"
    assert api["PathPattern"] == f"{deploy.API}/*"
    assert FUNCTION["Environment"]["Variables"]["BASE_PATH"]["If"][:2] == ["HasDistribution", deploy.API]
    assert {"/" + path for path in deploy.API.split("/")[1:]} & page_paths() == set()


def page_paths() -> set[str]:
    """Return what lies at the root of the page, which the API must not hide."""
    return {f"/{path.name}" for path in PAGE.iterdir()}


def test_cloudfront_sends_the_headers_with_which_the_function_serves_the_page() -> None:
    headers = RESOURCES["SafeHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert headers["ContentTypeOptions"] == {"Override": True}
    assert headers["ReferrerPolicy"] == {"ReferrerPolicy": SAFETY["Referrer-Policy"], "Override": False}
    assert headers["ContentSecurityPolicy"] == {"ContentSecurityPolicy": PAGE_POLICY, "Override": False}
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 31_536_000


def test_alarm_that_rolls_a_canary_back_is_of_errors_and_of_5xx_of_the_alias() -> None:
    assert FUNCTION["DeploymentPreference"]["Type"] == {"Ref": "Canary"}
    assert FUNCTION["DeploymentPreference"]["Alarms"]["If"][:2] == ["HasErrorsAlarm", [{"Ref": "ErrorsAlarm"}]]
    switches = TEMPLATE["Mappings"]["Canary"]
    assert {name: switch["IsOn"] for name, switch in switches.items()} == {
        name: "false" if name == "Off" else "true" for name in PARAMETERS["Canary"]["AllowedValues"]
    }
    asked = [
        each["MetricStat"]["Metric"]
        for each in RESOURCES["ErrorsAlarm"]["Properties"]["Metrics"]
        if "MetricStat" in each
    ]
    assert {each["MetricName"] for each in asked} == {"Errors", "Url5xxCount"}
    alias = [
        {"Name": "FunctionName", "Value": {"Sub": "${AWS::StackName}-predict"}},
        {"Name": "Resource", "Value": {"Sub": "${AWS::StackName}-predict:live"}},
    ]
    assert all(each["Dimensions"] == alias for each in asked)


@pytest.mark.parametrize("name", of_type("AWS::CloudWatch::Alarm"))
def test_alarm_says_what_to_look_at_tells_the_address_and_is_quiet_without_requests(name: str) -> None:
    alarm = RESOURCES[name]["Properties"]
    assert len(alarm["AlarmDescription"]) > 40
    assert alarm["AlarmActions"] == {"If": ["HasEmail", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
    assert alarm["TreatMissingData"] == "notBreaching"


def test_model_alarm_counts_the_lines_that_the_function_writes_when_s3_fails() -> None:
    counted = set(re.findall(r'\$\.message = "([^"]+)"', RESOURCES["ModelProblems"]["Properties"]["FilterPattern"]))
    source = (FUNCTIONS / "predict" / "live.py").read_text(encoding="utf-8")
    assert counted == set(re.findall(r'write_line\("ERROR", "([^"]+)"', source))
    (transformed,) = RESOURCES["ModelProblems"]["Properties"]["MetricTransformations"]
    alarm = RESOURCES["ModelAlarm"]["Properties"]
    assert (transformed["MetricNamespace"], transformed["MetricName"]) == (alarm["Namespace"], alarm["MetricName"])


def test_dashboard_is_json() -> None:
    body = json.loads(RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Sub"])
    assert [widget["properties"]["title"] for widget in body["widgets"]] == [
        "Requests",
        "Milliseconds",
        "Failures",
        "Answers at a time",
    ]


@pytest.mark.skipif(not SAM_PYTHON.is_file(), reason="the SAM CLI is not installed (make localstack)")
def test_sam_makes_a_canary_where_one_is_asked_for_and_none_elsewhere() -> None:
    """By SAM's own transform, which linters do not run to the end."""
    made = {name: transform(with_defaults(TEXT, defaults)) for name, defaults in {"": {}, **VARIANTS}.items()}
    canaries = {"ServerlessDeploymentApplication", "PredictFunctionDeploymentGroup", "CodeDeployServiceRole"}
    assert {name: canaries & set(resources) for name, resources in made.items()} == {
        "": set(),
        "public": set(),
        "signed": set(),
        "distributed": canaries,
    }
    for resources in made.values():  # SAM adds none of its own, beside those of this template
        assert {name for name, each in resources.items() if each["Type"] == "AWS::Lambda::Permission"} == PERMISSIONS
    update = {name: resources["PredictFunctionAliaslive"].get("UpdatePolicy", {}) for name, resources in made.items()}
    assert {name: list(policy) for name, policy in update.items()} == {
        "": [],
        "public": [],
        "signed": [],
        "distributed": ["CodeDeployLambdaAliasUpdate"],
    }


TRANSFORM = """
import json, sys
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

template = yaml_parse(sys.stdin.read())
template["Resources"]["PredictFunction"]["Properties"]["CodeUri"] = "s3://bucket/key"
defaults = {name: given["Default"] for name, given in template["Parameters"].items()}
print(json.dumps(Translator({}, Parser()).translate(template, defaults)["Resources"]))
"""


def transform(text: str) -> dict[str, Any]:
    """Return the resources that CloudFormation makes of a template."""
    region = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(
        [SAM_PYTHON, "-c", TRANSFORM], input=text, env=region, capture_output=True, text=True, check=True
    )
    resources: dict[str, Any] = json.loads(done.stdout)
    return resources


def test_variant_of_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^template\.yaml has 0 parameters Wbsite with a default, not one$"):
        with_defaults(TEXT, {"Wbsite": "Public"})


def test_every_resource_is_on_in_a_variant() -> None:
    """So that the linters see it."""
    changed = {name for defaults in VARIANTS.values() for name in defaults}
    package = {"Runtime", "Architecture", "MemorySize", "Timeout", "ModelRefreshSeconds", "LogRetentionDays"}
    assert changed == set(PARAMETERS) - package


@pytest.mark.parametrize("name", RESOURCES)
def test_what_checkov_is_told_to_skip_has_a_reason(name: str) -> None:
    skipped = RESOURCES[name].get("Metadata", {}).get("checkov", {}).get("skip", [])
    assert [each["id"] for each in skipped if len(each["comment"]) < 20] == []
