"""A real PostgreSQL for tests: Debian's, on a free port of loopback, in a temporary folder."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

# Nothing has to survive, so nothing is flushed to the disk.
SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=127.0.0.1")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of an empty database; the test is skipped where PostgreSQL is not installed."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL on this machine (apt-get install postgresql): its tests did not run")
    with serve_postgres(binaries) as url:
        yield url


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[psycopg.Connection]:
    """A connection to the database of `postgres_url`, emptied."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        yield connection


def find_binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, of the newest version where there are several."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = shutil.which("initdb") or (debian[-1] if debian else None)
    return Path(found).parent if found else None


@contextmanager
def serve_postgres(binaries: Path, configuration: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve a new cluster that asks for a password, and yield its URL; it is stopped and removed at the end.

    `configuration` has the contents of postgresql.conf and the files that it names, in the folders of infra/Dockerfile.
    """
    user = _server_user()
    password = secrets.token_hex()
    # pytest's own temporary folders are closed to the other user
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    data, port = folder / "data", _free_port()
    try:
        (folder / "password").write_text(password, encoding="utf-8")
        if user is not None:
            for path in (folder, folder / "password"):
                shutil.chown(path, user)
        access = ["--username=tester", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}"]
        _run([str(binaries / "initdb"), f"--pgdata={data}", "--encoding=UTF8", "--locale=C", *access], user, folder)
        options = [*SETTINGS, f"unix_socket_directories={folder}"]
        for name, text in (configuration or {}).items():
            for place in ("/etc/postgresql", "/run/secrets"):
                text = text.replace(place, str(folder))
            (folder / name).write_text(text, encoding="utf-8")
            (folder / name).chmod(0o600)
            if user is not None:
                shutil.chown(folder / name, user)
            if name == "postgresql.conf":
                options += [f"config_file={folder / name}"]
        settings = " ".join(f"-c {setting}" for setting in options)
        control = [str(binaries / "pg_ctl"), f"--pgdata={data}", "--wait", "--silent"]
        _run([*control, f"--log={folder / 'log'}", f"--options={settings} -p {port}", "start"], user, folder)
        try:
            yield f"postgresql://tester:{password}@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "--mode=immediate", "stop"], user, folder)
    finally:
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _server_user() -> str | None:
    """Return whom the server runs as: instead of root, which it refuses, another; None is whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    there = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in there else "nobody"


def _run(command: list[str], user: str | None, folder: Path) -> None:
    # the server inherits what pg_ctl writes to, and a pipe of it would stay open
    with (folder / "output").open("a+") as output:
        process = subprocess.run(
            command,
            user=user,
            group=user and pwd.getpwnam(user).pw_gid,
            cwd=folder,
            stdout=output,
            stderr=output,
            timeout=60,
        )
        output.seek(0)
        assert process.returncode == 0, output.read()
