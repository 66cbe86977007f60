"""The workflows of GitHub: what CI runs, no more rights than needed, nothing that may change under its name."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from training import ROOT

FOLDER = ROOT / ".github" / "workflows"
DOCS = (ROOT / "docs" / "github-actions.md").read_text(encoding="utf-8")
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
PIN = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def read(name: str) -> dict[Any, Any]:
    """Return a workflow; YAML reads its key `on` as true."""
    workflow: dict[Any, Any] = yaml.safe_load(TEXTS[name])
    return workflow


def steps_of(job: dict[str, Any]) -> list[str]:
    return [step["run"].strip() for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("name", TEXTS)
def test_actions_are_pinned_and_jobs_have_limits(name: str) -> None:
    uses = re.findall(r"uses: .*", TEXTS[name])
    assert uses
    assert [line for line in uses if not PIN.fullmatch(line)] == []
    workflow = read(name)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
        assert job["permissions"]["contents"] == "read"
        (checkout,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert checkout["with"] == {"persist-credentials": False}


def test_same_action_has_one_version() -> None:
    found = {use for text in TEXTS.values() for use in re.findall(r"uses: (\S+)", text)}
    assert len(found) == len({use.partition("@")[0] for use in found})


def test_ci_runs_what_ci_runs_and_audits_weekly() -> None:
    workflow = read("ci.yml")
    assert set(workflow[True]) == {"push", "pull_request", "schedule", "workflow_dispatch"}
    jobs = workflow["jobs"]
    assert steps_of(jobs["check"])[-1] == ".ci/run"
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert jobs["check"]["if"] == "github.event_name != 'schedule'"
    assert steps_of(jobs["audit"]) == ["make audit"]
    assert "if" not in jobs["audit"]
    assert {str(job["permissions"]) for job in jobs.values()} == {"{'contents': 'read'}"}


def test_deployment_is_by_hand_approved_and_without_a_key() -> None:
    workflow = read("deploy.yml")
    assert list(workflow[True]) == ["workflow_dispatch"]
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert job["environment"] == "production"
    assert "secrets." not in TEXTS["deploy.yml"]
    assert "access-key" not in TEXTS["deploy.yml"]
    runs = [step.get("run", step.get("uses", "")).partition("@")[0] for step in job["steps"]]
    assert runs.index("aws-actions/configure-aws-credentials") > runs.index("make package .venv/sam/installed")


def test_docs_name_the_variables_and_trust_this_environment_only() -> None:
    assert set(re.findall(r"vars\.(\w+)", TEXTS["deploy.yml"])) <= set(re.findall(r"`(\w+)`", DOCS))
    (policy,) = re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL)
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    condition = statement["Condition"]["StringEquals"]
    assert condition["token.actions.githubusercontent.com:sub"].endswith(":environment:production")
    assert condition["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"


def test_make_targets_of_the_workflows_are_real() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"run: make ([a-z-]+)", "".join(TEXTS.values()))
    assert set(named) == {"audit", "deploy", "package"}
    assert set(named) <= set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def test_workflows_are_safe_by_zizmor_and_one_that_is_not_is_found(tmp_path: Path) -> None:
    zizmor = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-progress", "--pedantic"]
    subprocess.run([*zizmor, str(FOLDER)], capture_output=True, check=True)
    (tmp_path / "deploy.yml").write_text(re.sub("@[0-9a-f]{40}", "@main", TEXTS["deploy.yml"]), encoding="utf-8")
    found = subprocess.run([*zizmor, str(tmp_path / "deploy.yml")], capture_output=True, text=True)
    assert found.returncode != 0
    assert "unpinned-uses" in found.stdout
