"""docs/dependencies.md names what is asked for, and the SBOM what is locked."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.test_infra import read_pins
from training import ROOT

INSTALLED = ROOT / ".venv" / "sbom" / "installed"
TEXT = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
_HEAD, *ROWS = re.findall(r"^\| ([a-z0-9-]+) \| ([a-z, ]+) \| (.+) \|$", TEXT, re.MULTILINE)
LOCALSTACK = "infra/localstack/pyproject.toml"


def name_of(requirement: str) -> str:
    """Return the package that a requirement asks for, as PEP 503 spells it."""
    return re.sub("[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def asked_for() -> dict[str, set[str]]:
    """Return the groups of each package that one asks for by name."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    localstack = tomllib.loads((ROOT / LOCALSTACK).read_text(encoding="utf-8"))["project"]["dependencies"]
    npm = json.loads((ROOT / "tests" / "axe" / "package.json").read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {}
    for group, requirements in {**groups, "localstack": localstack, "npm": npm["devDependencies"]}.items():
        for requirement in requirements:
            if isinstance(requirement, str):
                found.setdefault(name_of(requirement), set()).add(group)
    return found


def test_every_package_that_is_asked_for_has_a_reason_and_no_other() -> None:
    assert {name: set(groups.split(", ")) for name, groups, _why in ROWS} == asked_for()
    assert len(ROWS) == len({name for name, _groups, _why in ROWS}) > 50


@pytest.fixture(scope="module")
def sbom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make sbom` wrote; the tool itself judges what it writes by CycloneDX's schema."""
    if not INSTALLED.is_file():
        pytest.skip("cyclonedx-bom is not installed (make sbom): the test of it did not run")
    folder = tmp_path_factory.mktemp("sbom")
    subprocess.run(["make", "sbom", f"SBOM_OUT={folder}"], cwd=ROOT, capture_output=True, check=True)
    return folder


@pytest.mark.parametrize(
    ("part", "lock"), [("function", "functions/predict/requirements.txt"), ("image", "functions/requirements.txt")]
)
def test_sbom_lists_what_is_locked_and_no_time(part: str, lock: str, sbom: Path) -> None:
    found = json.loads((sbom / f"{part}.cdx.json").read_bytes())
    assert {"serialNumber", "timestamp"} & {*found, *found["metadata"]} == set()  # the same locks give the same bytes
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert found["metadata"]["component"]["name"] == "table-to-lambda"
    assert {each["name"]: each["version"] for each in found["components"]} == read_pins(lock)
    for each in found["components"]:
        hashes = [one["content"] for source in each["externalReferences"] for one in source["hashes"]]
        assert [re.fullmatch("[0-9a-f]{64}", content) for content in hashes]
        assert hashes
