"""Secrets are written once, whole, unlike any other, and readable by their readers only; the database takes them."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest

from infra import credentials
from tests.postgres import find_binaries, serve_postgres
from training import ROOT

SETTINGS = ROOT / "infra" / "postgres"
FILES = {
    "postgres": ["password", "server.crt", "server.key", "superuser"],
    "load": ["pgpass", "server.crt"],
    "jupyter": ["pgpass", "server.crt", "token"],
}


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    (tmp_path / "notebooks" / "deep").mkdir(parents=True)
    (tmp_path / "notebooks" / "deep" / "a.ipynb").write_text("{}")
    return tmp_path / "notebooks"


@pytest.fixture
def folder(tmp_path: Path, notebooks: Path) -> Path:
    credentials.main(tmp_path / "secrets", notebooks)
    return tmp_path / "secrets"


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_each_reader_has_its_files(folder: Path) -> None:
    assert {path.name: sorted(each.name for each in path.iterdir()) for path in folder.iterdir()} == FILES
    secrets = contents(folder)
    password = secrets["postgres/password"]
    assert secrets["load/pgpass"] == secrets["jupyter/pgpass"] == f"*:*:app:app:{password}\n"
    long = [secrets["postgres/superuser"], password, secrets["jupyter/token"]]
    assert [len(each) for each in long] == [64] * 3  # 256 bits each
    assert len(set(long)) == 3


def test_nobody_else_may_read(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        allowed = 0o750 if path.is_dir() else 0o640 if path.parent.name == "postgres" else 0o600
        assert mode == allowed, path


def test_what_is_there_is_kept(folder: Path, notebooks: Path) -> None:
    before = contents(folder)
    credentials.main(folder, notebooks)
    assert contents(folder) == before
    (folder / "jupyter" / "token").unlink()
    (folder / "load" / "pgpass").unlink()
    (folder / "jupyter" / "token.new").write_text("half")  # of a start that was broken off
    credentials.main(folder, notebooks)
    after = contents(folder)
    assert {name for name in before if before[name] != after[name]} == {"jupyter/token"}
    assert set(after) == set(before)


def test_another_folder_has_other_secrets(folder: Path, notebooks: Path, tmp_path: Path) -> None:
    credentials.main(tmp_path / "others", notebooks)
    assert set(contents(folder).values()) & set(contents(tmp_path / "others").values()) == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_gives_each_file_to_its_reader(folder: Path, notebooks: Path) -> None:
    app = credentials.APP
    owners = {str(path.relative_to(folder)): (path.stat().st_uid, path.stat().st_gid) for path in folder.rglob("*")}
    for reader, names in FILES.items():
        group = credentials.POSTGRES_GROUP if reader == "postgres" else app
        assert owners[reader] == (app, group)
        assert {owners[f"{reader}/{name}"] for name in names} == {(0 if reader == "postgres" else app, group)}
    assert {path.stat().st_uid for path in (notebooks, *notebooks.rglob("*"))} == {app}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owner_of_the_notebooks_is_left(notebooks: Path, tmp_path: Path) -> None:
    for path in (notebooks, *notebooks.rglob("*")):
        os.chown(path, 4321, 4322)
    credentials.main(tmp_path / "secrets", notebooks)
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (notebooks, *notebooks.rglob("*"))} == {(4321, 4322)}
    token = (tmp_path / "secrets" / "jupyter" / "token").stat()
    assert (token.st_uid, token.st_gid) == (4321, 4322)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_of_an_engine_without_root_stays(notebooks: Path) -> None:
    assert credentials.hand_over(notebooks, "         0       1000          1\n         1     100000      65536\n") == (
        0,
        0,
    )
    assert notebooks.stat().st_uid == 0
    assert credentials.hand_over(notebooks, "         0          0 4294967295\n") == (credentials.APP, credentials.APP)


def test_database_of_compose_asks_for_password_and_tls(folder: Path, tmp_path: Path) -> None:
    """The very files of infra/postgres, in a real PostgreSQL."""
    if (binaries := find_binaries()) is None:
        pytest.skip("no PostgreSQL on this machine (apt-get install postgresql): its tests did not run")
    configuration = {path.name: path.read_text() for path in (SETTINGS / "postgresql.conf", SETTINGS / "pg_hba.conf")}
    configuration |= {name: (folder / "postgres" / name).read_text() for name in ("server.crt", "server.key")}
    password = (folder / "postgres" / "password").read_text()
    tls = f"?sslmode=verify-full&sslrootcert={folder / 'jupyter' / 'server.crt'}"
    with serve_postgres(binaries, configuration) as url:
        roles = (SETTINGS / "roles.sql").read_text().replace("/run/secrets", str(folder / "postgres"))
        command = [shutil.which("psql") or str(binaries / "psql"), "--no-psqlrc", "--set=ON_ERROR_STOP=1", url + tls]
        subprocess.run(command, input=roles, text=True, check=True, capture_output=True)
        place = url.partition("@")[2].removesuffix("/postgres")
        passfile = f"postgresql://app@{place}/app{tls}&passfile={folder / 'jupyter' / 'pgpass'}"
        with psycopg.connect(passfile) as connection:
            row = connection.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
            assert row == (True, "TLSv1.3")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("COPY (SELECT 1) TO PROGRAM 'id'")
        for refused, reason in {
            f"postgresql://app:{password}@{place}/app?sslmode=disable": "no encryption",
            f"postgresql://app@{place}/app{tls}&passfile=/dev/null": "no password supplied",
            f"postgresql://app:wrong@{place}/app{tls}": "password authentication failed",
            f"postgresql://tester:wrong@{place}/postgres{tls}": "password authentication failed",
            f"postgresql://app:{password}@{place}/postgres{tls}": "permission denied for database",
            f"postgresql://app:{password}@localhost:{place.partition(':')[2]}/app?sslmode=verify-full&sslrootcert=system": "certificate verify failed",
        }.items():
            with pytest.raises(psycopg.OperationalError, match=reason):
                psycopg.connect(refused)
