"""Nobody gets in without what .secrets/ holds: not into the database, not into Jupyter."""

from __future__ import annotations

import httpx
import psycopg
import pytest

from tests.containers.stack import Stack


@pytest.fixture
def jupyter(stack: Stack) -> str:
    return stack.url("JUPYTER_PORT")


@pytest.fixture
def token(stack: Stack) -> dict[str, str]:
    return {"Authorization": f"token {stack.secret('jupyter/token')}"}


@pytest.mark.parametrize("user", ["app", "postgres"])
def test_database_opens_with_the_password_and_tls(stack: Stack, user: str) -> None:
    password = stack.secret("postgres/password" if user == "app" else "postgres/superuser")
    with psycopg.connect(stack.database_url(user, password, user)) as connection:
        row = connection.execute(
            "SELECT current_user, ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        ).fetchone()
    assert row == (user, True, "TLSv1.3")


@pytest.mark.parametrize("database", ["app", "postgres", "template1"])
@pytest.mark.parametrize("user", ["app", "postgres", "root", "nobody"])
@pytest.mark.parametrize("password", ["", "postgres", "app", "0" * 64])
def test_database_refuses_whoever_has_not_the_password(stack: Stack, user: str, database: str, password: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="no password supplied|password authentication failed"):
        psycopg.connect(stack.database_url(user, password, database))


@pytest.mark.parametrize("user", ["app", "postgres"])
def test_database_refuses_plain_text(stack: Stack, user: str) -> None:
    password = stack.secret("postgres/password" if user == "app" else "postgres/superuser")
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(stack.database_url(user, password, user, sslmode="disable"))


def test_database_refuses_its_own_containers_socket_without_a_password(stack: Stack) -> None:
    probe = "psql --no-password --username {} --dbname postgres --command 'SELECT 1' 2>&1 || true"
    for user in ("postgres", "app"):
        said = stack.compose("exec", "-T", "postgres", "sh", "-c", probe.format(user))
        assert "no password supplied" in said


def test_notebooks_role_is_not_the_superuser(stack: Stack) -> None:
    with psycopg.connect(stack.database_url("app", stack.secret("postgres/password"), "app")) as connection:
        assert connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'app'"
        ).fetchone() == (
            False,
            False,
            False,
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("COPY (SELECT 1) TO PROGRAM 'id'")


def test_passwords_are_kept_as_scram(stack: Stack) -> None:
    with psycopg.connect(stack.database_url("postgres", stack.secret("postgres/superuser"), "postgres")) as connection:
        kept = connection.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin ORDER BY 1").fetchall()
    assert [(name, (password or "").split("$")[0]) for name, password in kept] == [
        ("app", "SCRAM-SHA-256"),
        ("postgres", "SCRAM-SHA-256"),
    ]


@pytest.mark.parametrize("path", ["/api/contents", "/api/kernels", "/api/terminals", "/api/status"])
def test_jupyter_answers_with_the_token_only(jupyter: str, token: dict[str, str], path: str) -> None:
    assert httpx.get(f"{jupyter}{path}", headers=token).status_code == 200
    assert httpx.get(f"{jupyter}{path}").status_code == 403
    assert httpx.get(f"{jupyter}{path}", headers={"Authorization": "token " + "0" * 64}).status_code == 403


def test_jupyters_page_leads_to_the_login(jupyter: str, token: dict[str, str]) -> None:
    assert httpx.get(f"{jupyter}/lab", headers=token).status_code == 200
    answer = httpx.get(f"{jupyter}/lab")
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (302, "/login")


def test_jupyter_refuses_another_hosts_name(jupyter: str, token: dict[str, str]) -> None:
    """A name that is led to this machine makes its page one origin with Jupyter."""
    answer = httpx.get(f"{jupyter}/api/contents", headers={**token, "Host": "evil.example"})
    assert answer.status_code == 403


def test_jupyter_asks_a_browser_for_its_xsrf_cookie(jupyter: str, stack: Stack) -> None:
    with httpx.Client(base_url=jupyter) as browser:
        browser.get("/lab", params={"token": stack.secret("jupyter/token")}).raise_for_status()
        assert browser.get("/api/contents").status_code == 200
        refused = browser.post("/api/contents", json={"type": "file"})
        assert (refused.status_code, "_xsrf" in refused.text) == (403, True)
