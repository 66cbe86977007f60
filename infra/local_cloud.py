"""template.yaml on LocalStack, or on what AWS_ENDPOINT_URL names: `make localstack` and `make localstack-down`."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from infra.archive import remove
from infra.demo import free_port
from infra.deployment import STACK, DeployError, deploy, upload_page
from infra.localstack_container import LocalStackContainer, has_engine
from infra.localstack_process import LocalStackError, LocalStackProcess
from infra.package import ARCHITECTURE, OUT, ROOT, RUNTIME, build
from infra.ready import make_curl
from infra.site import SiteError
from infra.target import MACHINES, PackageError, Target
from predict.model import ModelError, load_model
from predict.settings import PACKAGED_MODEL

FOLDER = ROOT / "build" / "localstack"
TEMPLATE = ROOT / "template.yaml"
PORT = 4566
# LocalStack takes any; the caller's own are not read.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",  # nosec B105
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
NOT_READ = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION")


def up(folder: Path = FOLDER) -> None:
    """Deploy to AWS_ENDPOINT_URL, or else to a LocalStack, started unless it runs, and say where everything is."""
    row = load_model(PACKAGED_MODEL).document["typical_row"]
    folder.mkdir(parents=True, exist_ok=True)
    if os.environ.get("AWS_ENDPOINT_URL"):
        outputs = rehearse(os.environ.get("RUNTIME") or RUNTIME, os.environ.get("ARCH") or ARCHITECTURE, folder)
    else:
        running = find_localstack(folder)
        localstack = running or make_localstack(folder)
        if not running:
            print(f"starting LocalStack on {localstack.url}", flush=True)
        try:
            localstack.start()
            enter(localstack.url)
            outputs = rehearse(localstack.runtime, host_architecture(), folder)
        except BaseException:
            if not running:
                localstack.stop()
            raise
    function_url = outputs["FunctionUrl"].rstrip("/")
    print(f"""
The function, from its URL:         {function_url}
The page, from the website bucket:  {outputs["WebsiteUrl"]}

{make_curl(function_url, row)}
""")


def down(folder: Path = FOLDER) -> None:
    """Stop LocalStack, and delete all that it left."""
    if localstack := find_localstack(folder):
        localstack.stop()
    remove(folder)


def find_localstack(folder: Path) -> LocalStackContainer | LocalStackProcess | None:
    """Return the LocalStack that was started with this folder, if any."""
    return LocalStackProcess.find(folder) or LocalStackContainer.find(folder)


def make_localstack(folder: Path) -> LocalStackContainer | LocalStackProcess:
    """Return a LocalStack to be started: a container where an engine runs and no Python is named, else a process."""
    port = free_port("LOCALSTACK_PORT", PORT, "localstack")
    if not os.environ.get("LOCALSTACK_PYTHON") and has_engine():
        return LocalStackContainer(folder, port)
    subprocess.run(["make", "--silent", "--no-print-directory", ".venv/localstack/installed"], cwd=ROOT, check=True)
    return LocalStackProcess(folder, port)


def enter(url: str) -> None:
    """Let the SDKs of this process, and of those that it starts, ask only what is at `url`."""
    for name in NOT_READ:
        os.environ.pop(name, None)
    os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=url)


def rehearse(runtime: str, architecture: str, folder: Path) -> dict[str, str]:
    """Build the package, deploy it with a website, upload the page, and return the stack's outputs."""
    print(f"packaging for {runtime} on {architecture}", flush=True)
    build(OUT, Target.of_lambda(runtime, architecture), PACKAGED_MODEL)
    print(f"deploying template.yaml as the stack {STACK}", flush=True)
    parameters = {"Website": "Public", "Runtime": runtime, "Architecture": architecture}
    outputs = deploy(TEMPLATE, parameters, folder / "deploy.log")
    upload_page(outputs["WebsiteBucketName"], outputs["FunctionUrl"], PACKAGED_MODEL)
    return outputs


def host_architecture() -> str:
    """Return this machine's architecture in Lambda's words.

    Raises:
        LocalStackError: Lambda has no such machines.
    """
    words = {linux: word for word, linux in MACHINES.items()} | {"arm64": "arm64"}  # macOS has Lambda's word
    if platform.machine() not in words:
        raise LocalStackError(f"Lambda runs on {' or '.join(MACHINES)}, this is {platform.machine()}")
    return words[platform.machine()]


def main(words: list[str]) -> int:
    """Do what the one word says, `up` or `down`, and return an exit code."""
    try:
        {"up": up, "down": down}[words[0]]()
    except (DeployError, LocalStackError, ModelError, PackageError, SiteError, ValueError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:  # make has said why
        return error.returncode
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
