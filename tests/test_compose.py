"""docker-compose.yml and infra/Dockerfile, read: few rights, secrets by files that git and Docker ignore, one place each."""

from __future__ import annotations

import re
import subprocess

import pytest

from infra import credentials
from tests.test_infra import DOCKERFILE, read_compose
from training import ROOT

SERVICES = read_compose()
CAPABILITIES = {"jupyter": ["SETGID", "SETUID"], "secrets": ["CHOWN", "DAC_OVERRIDE", "FOWNER"]}
DANGEROUS = ("privileged", "pid", "ipc", "userns_mode", "devices", "env_file", "secrets", "user")


def stage(name: str) -> str:
    """Return the lines of one stage of infra/Dockerfile, or of LocalStack's own."""
    if name == "localstack":
        return (ROOT / str(SERVICES[name]["build"]["dockerfile"])).read_text(encoding="utf-8")
    return DOCKERFILE.split(f" AS {name}\n")[1].split("\nFROM ")[0]


@pytest.mark.parametrize("name", SERVICES)
def test_service_has_no_more_rights_than_needed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == CAPABILITIES.get(name, [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [key for key in DANGEROUS if key in service] == []
    assert service.get("network_mode", "none") == "none"
    assert "docker.sock" not in str(service)


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_not_root_or_stops_being_it(name: str) -> None:
    target = SERVICES[name]["build"].get("target", name)
    users = re.findall(r"^USER (\S+)$", stage(target), re.MULTILINE)
    if name == "jupyter":
        assert 'ENTRYPOINT ["start"]' in stage(target)
        start = (ROOT / "infra" / "jupyter" / "start").read_text(encoding="utf-8")
        assert "exec setpriv --reuid" in start
    elif name == "secrets":
        assert SERVICES[name]["network_mode"] == "none"
    else:
        assert users
        assert users[-1] in ("app", "postgres")


@pytest.mark.parametrize("name", SERVICES)
def test_no_variable_holds_a_secret(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    assert [key for key in environment if re.search("PASSWORD|TOKEN|SECRET", key) and not key.endswith("_FILE")] == []
    if url := environment.get("DATABASE_URL"):
        assert re.fullmatch(
            r"postgresql://app@postgres:5432/app\?passfile=\S+&sslmode=verify-full&sslrootcert=\S+", url
        )
    assert re.findall(r"^(?:ENV|ARG) .*(?:PASSWORD|TOKEN)\w*(?<!_FILE)=", DOCKERFILE, re.MULTILINE) == []


def test_each_service_sees_its_own_secrets_only() -> None:
    mounts = {
        name: [each for each in service.get("volumes", []) if ".secrets" in each] for name, service in SERVICES.items()
    }
    own = {name: [f"./.secrets/{name}:/run/secrets:ro"] for name in ("jupyter", "load", "postgres")}
    assert {name: mount for name, mount in mounts.items() if mount} == {**own, "secrets": ["./.secrets:/secrets"]}


@pytest.mark.parametrize(
    "path", ["postgres/superuser", "postgres/password", "postgres/server.key", "jupyter/token", "load/pgpass"]
)
def test_secrets_are_ignored_by_git_and_docker(path: str) -> None:
    run = subprocess.run(["git", "check-ignore", "--quiet", f".secrets/{path}"], cwd=ROOT)
    assert run.returncode == 0
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored  # everything but what is listed
    assert [line for line in ignored if "secrets" in line and line.startswith("!")] == []


def test_users_of_files_are_those_of_containers() -> None:
    assert f"RUN useradd --uid {credentials.APP} " in stage("base")
    assert SERVICES["postgres"]["group_add"] == [str(credentials.POSTGRES_GROUP)]
    assert 'CMD ["python", "infra/credentials.py", "/secrets", "/notebooks"]' in stage("secrets")


def test_each_waits_for_what_it_needs() -> None:
    assert {name: service["depends_on"] for name, service in SERVICES.items() if "depends_on" in service} == {
        "postgres": {"secrets": {"condition": "service_completed_successfully"}},
        "load": {"postgres": {"condition": "service_healthy"}},
        "jupyter": {"load": {"condition": "service_completed_successfully"}},
        "streamlit": {"function": {"condition": "service_healthy"}},
        "worker": {"scheduler": {"condition": "service_healthy"}},
    }


def test_scheduler_is_reached_by_its_workers_only() -> None:
    """Whoever reaches a scheduler of Dask can run code on its workers."""
    in_network = {name for name, service in SERVICES.items() if "cluster" in service.get("networks", [])}
    assert in_network == {"scheduler", "worker"}
    assert all(SERVICES[name]["networks"] == ["cluster"] for name in in_network)
    assert [port.split(":")[-1] for port in SERVICES["scheduler"]["ports"]] == ["8787"]
    assert "ports" not in SERVICES["worker"]
    assert "8787" in stage("cluster")


def test_scheduler_has_two_workers_that_ask_it() -> None:
    worker = SERVICES["worker"]
    assert worker["deploy"] == {"replicas": 2}
    assert worker["command"][:3] == ["dask", "worker", "tcp://scheduler:8786"]
    assert '"--port", "8786"' in stage("cluster")
    assert worker["build"] == SERVICES["scheduler"]["build"]
