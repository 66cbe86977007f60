"""README tells the truth: its commands run, its outputs are theirs, its tree is the tree."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import Trained
from training import ROOT
from training import __main__ as command_line

README = (ROOT / "README.md").read_text(encoding="utf-8")
# Another processor may change the last digits of a model, and with them its version.
INEXACT = re.compile(r'(?<=\.\d{9})\d+|(?<="model_version":")[0-9a-f]{12}')


def console(command: str) -> tuple[str, str]:
    """Return the command line of README that starts with `command`, and the output shown below it."""
    ((line, output),) = re.findall(rf"```console\n\$ ({re.escape(command)}[^\n]*)\n(.*?)```", README, re.DOTALL)
    return line, output


@pytest.mark.example
def test_curl_answers_as_shown(function_url: str) -> None:
    command, shown = console("curl")
    assert "http://127.0.0.1:8080/" in command
    command = command.replace("http://127.0.0.1:8080", function_url)
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=30, check=True).stdout
    assert INEXACT.sub("", answer.strip()) == INEXACT.sub("", shown.strip())


@pytest.mark.example
def test_training_prints_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trained: Trained) -> None:
    command, shown = console("python -m training")
    assert shown.endswith("...\n")
    monkeypatch.setattr(command_line, "run", lambda _problem, _report: trained)  # which another test runs
    monkeypatch.setattr(command_line, "MODEL_FOLDER", tmp_path)
    monkeypatch.setattr(command_line, "PACKAGED_MODEL", tmp_path / "function" / "model.json")
    printed = CliRunner().invoke(command_line.cli, command.split()[3:]).stdout
    lines = [line.rstrip() for line in printed.splitlines()]
    assert lines[: len(shown.splitlines()) - 1] == shown.splitlines()[:-1]
    assert trained.document["version"] in printed


def test_tree_names_everything_at_the_top() -> None:
    (tree,) = re.findall(r"## What is where\n\n```\n(.*?)```", README, re.DOTALL)
    named = [line.split()[0] for line in tree.splitlines()]
    assert [name for name in named if not (ROOT / name).exists()] == []
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    hidden = {".gitignore", ".dockerignore", "README.md"}
    top = {path.partition("/")[0] for path in tracked} - hidden
    assert top == {name.partition("/")[0] for name in named}


def test_make_targets_are_real() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE))
    assert {"demo", "test", "check", "bench", "package"} <= targets
    assert targets <= set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def test_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("https://")]
    assert len(links) > 3
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_options_of_train_are_real() -> None:
    options = set(re.findall(r"`(--[a-z]+) [A-Z]+`", README))
    assert options == {"--problem", "--data", "--out", "--seed"}
    printed = CliRunner().invoke(command_line.cli, ["train", "--help"], terminal_width=200).stdout
    assert all(option in printed for option in options)
