"""`make deploy`: package the function, deploy template.yaml to AWS, upload the page, and say where everything is."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra.deployment import STACK, DeployError, deploy, upload_page
from infra.package import ARCHITECTURE, OUT, ROOT, RUNTIME, build
from infra.ready import make_curl
from infra.site import SiteError
from infra.target import PackageError, Target
from predict.model import ModelError, load_model
from predict.settings import PACKAGED_MODEL

TEMPLATE = ROOT / "template.yaml"
API = "/api"  # where CloudFront has the function, as template.yaml says
PARAMETER = re.compile(r"(?m)^  (\w+):\n    Description:")  # of template.yaml, whose tags no YAML parser knows


def read_parameters(text: str, runtime: str, architecture: str) -> dict[str, str]:
    """Return the template's parameters: those of `text`, such as "Website=Public Timeout=5", and those of the package.

    Raises:
        DeployError: a word of `text` is no parameter with a value, or one that the package decides. The SAM CLI says
            nothing of parameters that the template has not.
    """
    known = PARAMETER.findall(TEMPLATE.read_text(encoding="utf-8").partition("\nConditions:")[0])
    given = dict[str, str]()
    for word in split_words("PARAMETERS", text):
        name, equals, value = word.partition("=")
        if not (equals and name.isalnum()):
            raise DeployError(f"PARAMETERS has {word}; give Name=value, with spaces between them")
        if name not in known:
            raise DeployError(f"PARAMETERS has {word}; template.yaml has {', '.join(known)}")
        if name in ("Runtime", "Architecture"):
            variable = {"Runtime": "RUNTIME", "Architecture": "ARCH"}[name]
            raise DeployError(f"PARAMETERS has {word}; what the package is built for is said with {variable}={value}")
        given[name] = value
    return {**given, "Runtime": runtime, "Architecture": architecture}


def split_words(variable: str, text: str) -> list[str]:
    """Return the words of a variable, parted and quoted as a shell has them.

    Raises:
        DeployError: a quote is open.
    """
    try:
        return shlex.split(text)
    except ValueError as error:
        raise DeployError(f"{variable}={text} cannot be read: {error}") from None


def deploy_stack(environment: Mapping[str, str], log: Path | None = None) -> dict[str, str]:
    """Package, deploy and upload, as `environment` says, and return the stack's outputs; `log` as `deploy` has it."""
    runtime, architecture = environment.get("RUNTIME") or RUNTIME, environment.get("ARCH") or ARCHITECTURE
    parameters = read_parameters(environment.get("PARAMETERS", ""), runtime, architecture)
    options = split_words("SAM_OPTIONS", environment.get("SAM_OPTIONS", ""))
    build(OUT, Target.of_lambda(runtime, architecture), PACKAGED_MODEL)
    outputs = deploy(TEMPLATE, parameters, log, environment.get("STACK") or STACK, options)
    if bucket := outputs.get("WebsiteBucketName"):
        distribution = outputs.get("DistributionId")
        upload_page(bucket, API if distribution else outputs["FunctionUrl"], PACKAGED_MODEL, distribution)
    return outputs


def tell(outputs: Mapping[str, str]) -> str:
    """Return where everything is, and a request to paste."""
    row = load_model(PACKAGED_MODEL).document["typical_row"]
    is_distributed = "DistributionId" in outputs
    api = outputs["WebsiteUrl"] + API if is_distributed else outputs["FunctionUrl"].rstrip("/")
    lines = [
        f"The page:                   {outputs.get('WebsiteUrl', api)}",
        f"The function:               {api}",
        f"The registry of models:     MODEL_REGISTRY=s3://{outputs['ModelsBucketName']}",
    ]
    if not is_distributed:
        lines.append("With AuthType=AWS_IAM, the function answers signed requests only: docs/aws.md.")
    return "\n".join(["", *lines, "", make_curl(api, row, is_hashed=is_distributed), ""])


def main() -> int:
    """Deploy as the environment says, and return an exit code."""
    try:
        print(tell(deploy_stack(os.environ)))
    except (DeployError, ModelError, PackageError, SiteError, BotoCoreError, ClientError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
