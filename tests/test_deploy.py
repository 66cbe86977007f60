"""`make deploy`: what it is told, what it hands to the SAM CLI, and what it says. tests/test_operation.py deploys with it."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra import deploy as program
from infra.deploy import read_parameters, tell
from infra.deployment import DISTRIBUTED, DeployError, describe, upload_page
from predict.aws import make_client
from tests.conftest import Trained

PACKAGE = {"Runtime": "python3.13", "Architecture": "arm64"}
OUTPUTS = {"FunctionUrl": "https://id.lambda-url.eu-central-1.on.aws/", "ModelsBucketName": "models"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("Website=Public  Timeout=5", {"Website": "Public", "Timeout": "5"}),
        ("AlarmEmail=", {"AlarmEmail": ""}),
        (
            "AllowedOrigins=https://a.example,https://b.example?x=1",
            {"AllowedOrigins": "https://a.example,https://b.example?x=1"},
        ),
    ],
)
def test_parameters_are_read(text: str, expected: dict[str, str]) -> None:
    assert read_parameters(text, "python3.13", "arm64") == {**expected, **PACKAGE}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Website", "PARAMETERS has Website; give Name=value, with spaces between them"),
        ("Timeout='5", "PARAMETERS=Timeout='5 cannot be read: No closing quotation"),
        ("Timeout=5 --force=1", "PARAMETERS has --force=1; give Name=value, with spaces between them"),
        (
            "Architecture=arm64",
            "PARAMETERS has Architecture=arm64; what the package is built for is said with ARCH=arm64",
        ),
    ],
)
def test_parameters_that_cannot_be_used_are_named(text: str, message: str) -> None:
    with pytest.raises(DeployError) as error:
        read_parameters(text, "python3.13", "arm64")
    assert str(error.value) == message


def test_misspelt_parameter_is_refused_and_the_right_ones_are_named() -> None:
    with pytest.raises(DeployError, match="PARAMETERS has Authtype=AWS_IAM; template.yaml has Runtime, .*AuthType, "):
        read_parameters("Authtype=AWS_IAM", "python3.13", "arm64")


def test_function_alone_is_told_with_a_request(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PACKAGED_MODEL", trained.path)
    told = tell(OUTPUTS)
    assert "\nThe page:                   https://id.lambda-url.eu-central-1.on.aws\n" in told
    assert "MODEL_REGISTRY=s3://models\n" in told
    assert "curl --request POST https://id.lambda-url.eu-central-1.on.aws/predict " in told
    assert "x-amz-content-sha256" not in told


def test_request_through_cloudfront_has_the_hash_of_its_body(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PACKAGED_MODEL", trained.path)
    told = tell({**OUTPUTS, "WebsiteUrl": "https://id.cloudfront.net", "DistributionId": "E1"})
    assert "\nThe page:                   https://id.cloudfront.net\n" in told
    words = shlex.split(told[told.index("curl ") :].replace("\\\n", ""))
    assert words[3] == "https://id.cloudfront.net/api/predict"
    digest = hashlib.sha256(words[-1].encode()).hexdigest()
    assert words[words.index("-d") - 1] == f"x-amz-content-sha256: {digest}"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def test_cloudfront_keeps_the_page_until_another_is_uploaded(aws: None, trained: Trained) -> None:
    s3, cloudfront = make_client("s3"), make_client("cloudfront")
    s3.create_bucket(Bucket="page")
    origin = {"Id": "page", "DomainName": "page.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    config: Any = {
        "CallerReference": "1",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "page", "ViewerProtocolPolicy": "allow-all"},
    }
    distribution = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    upload_page("page", program.API, trained.path, distribution)
    assert json.loads(s3.get_object(Bucket="page", Key="config.json")["Body"].read()) == {"api": "/api"}
    assert s3.head_object(Bucket="page", Key="app.js")["CacheControl"] == DISTRIBUTED
    (forgotten,) = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]["Items"]
    batch = cloudfront.get_invalidation(DistributionId=distribution, Id=forgotten["Id"])["Invalidation"]
    assert batch["InvalidationBatch"]["Paths"]["Items"] == ["/*"]


def test_stack_that_is_not_there_is_none(aws: None) -> None:
    assert describe("nothing") is None


def test_deployment_that_cannot_be_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PARAMETERS", "Website")
    assert program.main() == 2
    assert capsys.readouterr().err == "Error: PARAMETERS has Website; give Name=value, with spaces between them\n"
