"""From nothing, one command gives every service, and down and up again keeps what was made."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.containers.stack import ONE_SHOTS, SERVERS, Stack, run_contract_suite
from tests.contract.rows import typical_row
from training import ROOT
from training.problem import PROBLEM_FILE, read_problem
from training.sources.database import table_name

TABLE = table_name(read_problem(PROBLEM_FILE))
README = (ROOT / "README.md").read_text(encoding="utf-8")
INEXACT = re.compile(r'(?<=\.\d{9})\d+|(?<="model_version":")[0-9a-f]{12}')


def connect(stack: Stack) -> psycopg.Connection:
    return psycopg.connect(stack.database_url("app", stack.secret("postgres/password"), "app"))


def test_all_are_healthy(stack: Stack) -> None:
    states = {service: container["State"] for service, container in stack.containers().items()}
    assert {service: states[service].get("Health", {}).get("Status") for service in SERVERS} == dict.fromkeys(
        SERVERS, "healthy"
    )
    assert {
        service: (states[service]["Status"], states[service]["ExitCode"]) for service in ONE_SHOTS
    } == dict.fromkeys(ONE_SHOTS, ("exited", 0))
    assert set(states) == {*SERVERS, *ONE_SHOTS}


@pytest.mark.example
def test_readmes_curl_is_answered(stack: Stack) -> None:
    ((command, shown),) = re.findall(r"```console\n\$ (curl[^\n]*)\n(.*?)```", README, re.DOTALL)
    command = command.replace("http://127.0.0.1:8080", stack.url("PORT"))
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=30, check=True).stdout
    assert INEXACT.sub("", answer.strip()) == INEXACT.sub("", shown.strip())


def test_static_page_is_served(stack: Stack) -> None:
    answer = httpx.get(f"{stack.url('PORT')}/", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/html")


@pytest.mark.example
def test_streamlit_shows_a_prediction(stack: Stack, page: Page) -> None:
    function = stack.url("PORT")
    row = typical_row(httpx.get(f"{function}/schema").json()) | {"tobacco_use_during_pregnancy": "Yes"}
    answer = httpx.post(f"{function}/predict", json=row).json()
    page.goto(stack.url("STREAMLIT_PORT"))
    page.get_by_role("radiogroup", name="Tobacco use during pregnancy").get_by_text("Yes").click(timeout=60_000)
    page.get_by_role("button", name="Predict", exact=True).click()
    said = f"Pre-term: {round(answer['probability'] * 100)} in 100"
    expect(page.get_by_role("heading", name=said)).to_be_visible(timeout=30_000)


def test_contract_suite_passes(stack: Stack) -> None:
    run_contract_suite(stack.url("PORT"))


def test_rows_of_the_table_are_in_the_database(stack: Stack) -> None:
    problem = read_problem(PROBLEM_FILE)
    lines = len((ROOT / problem.data).read_text(encoding="utf-8").splitlines()) - 1
    with connect(stack) as connection:
        assert connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone() == (lines,)


@pytest.mark.example
def test_notebook_runs_in_jupyter_on_the_database(stack: Stack) -> None:
    """By its kernel, as its user, from PostgreSQL, whose address is all that the container is told."""
    command = "jupyter nbconvert --log-level ERROR --to notebook --execute --output run.ipynb submission.ipynb"
    stack.compose("exec", "-T", "--user", owner(stack), "--workdir", "/work/notebooks", "jupyter", *command.split())
    path = stack.folder / "notebooks" / "run.ipynb"
    assert (path.stat().st_uid, path.stat().st_gid) == tuple(map(int, owner(stack).split(":")))
    outputs = [output for cell in json.loads(path.read_text("utf-8"))["cells"] for output in cell.get("outputs", [])]
    assert len(outputs) > 5
    assert [output for output in outputs if output["output_type"] == "error"] == []
    version = "import json, pathlib; print(json.loads(pathlib.Path('/work/functions/predict/model.json').read_text())['provenance']['data']['file'])"
    printed = stack.compose("exec", "-T", "jupyter", "python", "-c", version)
    assert printed.strip() == f"the table {TABLE} of a database"


def owner(stack: Stack) -> str:
    status = (stack.folder / "notebooks").stat()
    return f"{status.st_uid}:{status.st_gid}"


def test_down_and_up_keep_the_database_and_the_notebooks(stack: Stack) -> None:
    notebook, secrets = stack.folder / "notebooks" / "mine.ipynb", stack.folder / ".secrets"
    path = "/api/contents/mine.ipynb"
    headers = {"Authorization": f"token {stack.secret('jupyter/token')}"}
    cell = {"id": "a", "cell_type": "markdown", "metadata": {}, "source": "kept"}
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    saved = httpx.put(
        f"{stack.url('JUPYTER_PORT')}{path}", headers=headers, json={"type": "notebook", "content": content}
    )
    assert saved.status_code == 201, saved.text
    assert notebook.stat().st_uid == (stack.folder / "notebooks").stat().st_uid != 0
    with connect(stack) as connection:
        connection.execute(f"CREATE TABLE mine AS SELECT * FROM {TABLE} LIMIT 3; DELETE FROM {TABLE}")
    before = read_files(secrets)
    stack.compose("down")
    stack.up()
    assert read_files(secrets) == before
    with connect(stack) as connection:
        assert connection.execute("SELECT count(*) FROM mine").fetchone() == (3,)
        assert connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone() == (0,)  # as it was left, not loaded anew
    stack.compose("run", "--rm", "load", "python", "-m", "training", "db")
    with connect(stack) as connection:
        (count,) = connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone() or (0,)
        assert count > 0
    kept = httpx.get(f"{stack.url('JUPYTER_PORT')}{path}", headers=headers).raise_for_status().json()
    assert kept["content"]["cells"][0]["source"] == "kept"


def read_files(folder: Path) -> dict[str, str]:
    files = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()
    }
    assert len(files) == 9
    return files
