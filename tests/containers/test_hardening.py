"""What the engine says of every container and image: few rights, this machine only, and no secret."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.containers.rights import check_ports, check_processes, check_rights
from tests.containers.stack import ONE_SHOTS, SERVERS, Stack, docker, inspect

ROOT_AT_START = {"jupyter", "secrets"}  # to become the owner of the notebooks, and to give files to their readers
CAPABILITIES = {"jupyter": ["SETGID", "SETUID"], "secrets": ["CHOWN", "DAC_OVERRIDE", "FOWNER"]}
SECRETS = ("postgres/superuser", "postgres/password", "postgres/server.key", "jupyter/token")
CHUNK_BYTES = 1 << 24


@pytest.fixture(params=[*SERVERS, *ONE_SHOTS])
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def container(stack: Stack, service: str) -> dict[str, Any]:
    return stack.containers()[service]


def find_secrets(stack: Stack) -> list[bytes]:
    """Return what must be nowhere else: of the key, a line that is its own."""
    values = [stack.secret(path).splitlines() for path in SECRETS]
    return [(lines[1] if len(lines) > 1 else lines[0]).encode() for lines in values]


def test_container_has_no_more_rights_than_needed(container: dict[str, Any], service: str) -> None:
    check_rights(container, CAPABILITIES.get(service, []))


def test_image_names_a_user_that_is_not_root(container: dict[str, Any], service: str) -> None:
    assert (container["Config"]["User"] in ("", "root", "0")) == (service in ROOT_AT_START)


@pytest.mark.parametrize("server", SERVERS)
def test_no_process_is_root_or_has_a_capability(stack: Stack, server: str) -> None:
    check_processes(stack.containers()[server])


@pytest.mark.parametrize("server", SERVERS)
def test_ports_are_open_to_this_machine_only(stack: Stack, server: str) -> None:
    check_ports(stack.containers()[server])


def test_secrets_reach_only_who_reads_them(stack: Stack) -> None:
    mounts = {
        service: [(mount["Source"], mount["RW"]) for mount in container["Mounts"] if ".secrets" in mount["Source"]]
        for service, container in stack.containers().items()
    }
    folder = stack.folder / ".secrets"
    readers = {service: [(str(folder / service), False)] for service in ("jupyter", "load", "postgres")}
    assert mounts == {**readers, "secrets": [(str(folder), True)], "function": [], "streamlit": []}


def test_no_secret_is_in_the_environment_or_on_a_command_line(stack: Stack) -> None:
    said = docker("inspect", *(one["Id"] for one in stack.containers().values())).encode()
    assert [secret for secret in find_secrets(stack) if secret in said] == []
    assert b"DATABASE_URL" in said  # it is the environment that was searched


def test_no_secret_is_in_the_logs(stack: Stack) -> None:
    said = stack.compose("logs", "--no-color").encode()
    assert [secret for secret in find_secrets(stack) if secret in said] == []
    assert b"Jupyter Server" in said


def test_no_secret_is_in_an_image_or_its_history(stack: Stack, tmp_path: Path) -> None:
    """Every layer is searched, each file as it stands in it, by a needle that is known to be found as well."""
    images = sorted({one["Image"] for one in stack.containers().values()})
    assert len(images) == len(SERVERS) + len(ONE_SHOTS)
    for image in images:
        written = docker("history", "--no-trunc", image) + str(inspect(image))
        assert [secret for secret in find_secrets(stack) if secret.decode() in written] == []
    archive = tmp_path / "images.tar"
    docker("save", "--output", str(archive), *images)
    known = b"REVOKE CONNECT ON DATABASE"
    assert search(archive, [known]) == {known}
    assert search(archive, find_secrets(stack)) == set()
    archive.unlink()


def search(archive: Path, needles: list[bytes]) -> set[bytes]:
    """Return which needles are in a file of any layer of a `docker save`."""
    found = set()
    layers = 0
    with tarfile.open(archive) as outer:
        for member in outer:
            layer = outer.extractfile(member)
            if layer is None:
                continue
            layers += member.name.endswith("layer.tar") or "blobs/" in member.name
            tail = b""
            while piece := layer.read(CHUNK_BYTES):
                text = tail + piece
                found |= {needle for needle in needles if needle in text}
                tail = piece[-200:]
    assert layers > len(SERVERS)
    return found
