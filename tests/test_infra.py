"""What the files of infra/ and the root say of each other: one port, one Python, one version of each package."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from infra.emulator import HANDLER
from infra.lambda_server import PORT
from infra.lock import ALL, APART, AUDIT, GROUPS, LOCALSTACK, RUNTIME_PARTS
from infra.package import ROOT, RUNTIME
from pickled import find_versions

LOCKS = [ALL, *GROUPS.values()]
DOCKERFILE = (ROOT / "infra" / "Dockerfile").read_text(encoding="utf-8")
PIN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._-]*)(\[[a-z0-9,-]+\])?==(?P<version>[\w.+!]+)"
    r"(?P<marker> ; [^\\#@/]+)?( --hash=sha256:[0-9a-f]{64})+"
)


def read_compose() -> dict[str, Any]:
    """Return the services of docker-compose.yml."""
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    return services


def read_pins(lock: str) -> dict[str, str]:
    """Return the version of each package in a requirements file, all of whose lines must be pins with hashes."""
    lines = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    pins = [PIN.fullmatch(re.sub(" +", " ", line)) for line in lines]
    assert pins
    assert [line for line, pin in zip(lines, pins, strict=True) if pin is None] == []
    return {pin["name"]: pin["version"] for pin in pins if pin}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_one_hashed_version_the_same_everywhere(lock: str) -> None:
    assert read_pins(lock).items() <= read_pins(ALL).items()


def test_what_audits_and_lists_is_hashed() -> None:
    assert "pip-audit" in read_pins(AUDIT)
    assert {"cyclonedx-bom", "jsonschema"} <= set(read_pins(APART["sbom"]))  # the second judges what the first writes


def test_parts_of_lambdas_runtime_are_hashed_and_hold_back_nothing_else() -> None:
    """Their own versions of anything would be those of aws-sam-cli, of which only a binary is run."""
    parts, everything = read_pins(RUNTIME_PARTS), read_pins(ALL)
    boto3 = {
        "boto3",
        "botocore",
        "jmespath",
        "python-dateutil",
        "s3transfer",
        "six",
        "urllib3",
    }  # which Lambda has, too
    assert set(parts) == {"aws-sam-cli", "awslambdaric", "simplejson", "snapshot-restore-py"} | boto3
    assert {name: parts[name] for name in set(parts) & set(everything)} == {name: everything[name] for name in boto3}


@pytest.mark.parametrize("lock", [APART["sam"], APART["checkov"], f"{LOCALSTACK}/requirements.txt"])
def test_every_requirement_of_an_environment_apart_is_hashed(lock: str) -> None:
    assert len(read_pins(lock)) > 50


def test_the_functions_requirements_do_not_depend_on_the_machine_that_packages() -> None:
    """Pip judges markers by the interpreter that runs it, even where it installs for another."""
    assert " ; " not in (ROOT / GROUPS["function"]).read_text(encoding="utf-8")


def test_images_run_the_packages_python() -> None:
    """A pickle is only read by the Python that wrote it, so the one that trains is Lambda's, too."""
    version = RUNTIME.removeprefix("python")
    images = [f"python:{version}-slim", f"public.ecr.aws/lambda/python:{version}", "postgres:17"]
    assert re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE) == images


def test_image_for_lambda_runs_what_lambda_is_told_to() -> None:
    stage = DOCKERFILE.split(" AS lambda\n")[1].split("\nFROM ")[0]
    assert f'CMD ["{HANDLER}"]' in stage


def test_image_has_the_libraries_that_its_pickle_was_made_with() -> None:
    names = [name for name in find_versions() if name != "python"]
    image, training = (read_pins(GROUPS[group]) for group in ("image", "training"))
    assert {name: image[name] for name in names} == {name: training[name] for name in names}


def test_images_copy_what_is_there_and_install_what_they_copied() -> None:
    copied = [words.split()[0] for words in re.findall(r"^COPY (?!--from)(.+)", DOCKERFILE, re.MULTILINE)]
    assert copied
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert re.findall(r"^COPY --from=train /app/(\S+) ", DOCKERFILE, re.MULTILINE) == ["functions", "functions"]
    installed = set(re.findall(r"-r (\S+)", DOCKERFILE))
    assert installed <= set(copied)
    assert installed == {
        GROUPS[group] for group in ("function", "server", "training", "cluster", "streamlit", "image", "notebook")
    }


def test_compose_serves_the_ports_of_make_on_this_machine_only() -> None:
    defaults = dict(re.findall(r"^(\w*PORT) \?= (\d+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert defaults["LAMBDA_PORT"] == str(PORT)
    services = read_compose()
    ports = {
        "function": "PORT",
        "streamlit": "STREAMLIT_PORT",
        "jupyter": "JUPYTER_PORT",
        "postgres": "POSTGRES_PORT",
        "localstack": "LOCALSTACK_PORT",
        "scheduler": "DASHBOARD_PORT",
    }
    assert {name for name, service in services.items() if "ports" in service} == set(ports)
    for service, variable in ports.items():
        port = f"${{{variable}:-{defaults[variable]}}}"
        inner = port if service == "localstack" else defaults[variable]
        assert services[service]["ports"] == [f"127.0.0.1:{port}:{inner}"]
    for service, variable in {"function": "PORT", "streamlit": "STREAMLIT_PORT"}.items():
        port = defaults[variable]
        stage = DOCKERFILE.split(f" AS {services[service]['build']['target']}\n")[1].split("\nFROM ")[0]
        assert f"EXPOSE {port}\n" in stage
        assert f'port", "{port}"]' in stage
        assert f"HEALTH_URL=http://127.0.0.1:{port}/" in stage
    assert services["streamlit"]["environment"]["API_URL"] == f"http://function:{defaults['PORT']}"
