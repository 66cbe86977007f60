"""An audit that audits nothing does not pass."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra import audit
from infra.lock import ALL, AUDIT, GROUPS, RUNTIME_PARTS

SAFE = {"name": "a", "version": "1", "vulns": []}
WEAK = {
    "name": "b",
    "version": "2",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}, {"id": "PYSEC-2", "fix_versions": []}],
}
SKIPPED = {"name": "c", "skip_reason": "Dependency not found on PyPI and could not be audited: c (1)"}


def test_every_lock_is_audited() -> None:
    assert {ALL, AUDIT, RUNTIME_PARTS, *GROUPS.values()} <= set(audit.find("*requirements*.txt"))
    assert audit.find("*package-lock.json") == ["tests/axe/package-lock.json"]


def test_each_vulnerability_is_a_line_once() -> None:
    assert audit.read_report([SAFE]) == []
    assert audit.read_report([WEAK, SAFE, WEAK]) == ["b 2: PYSEC-1, fixed in 3", "b 2: PYSEC-2, fixed in none"]


@pytest.mark.parametrize(("packages", "words"), [([SAFE, SKIPPED], "1 of 2 packages"), ([], "0 of 0 packages")])
def test_packages_that_were_not_audited_fail(packages: list[dict[str, object]], words: str) -> None:
    with pytest.raises(audit.AuditError, match=f"^{words} were not audited"):
        audit.read_report(packages)


def test_pip_audit_that_does_not_run_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(sys.executable) == 2
    assert (
        capsys.readouterr().err == "Error: pip-audit of benchmarks/naive/requirements.txt ended without an answer: "
        f"{sys.executable}: No module named pip_audit\n"
    )


def test_npm_that_has_no_lock_to_read_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(audit.AuditError, match="^there is no npm here"):
        audit.audit_npm("package-lock.json")


def test_vulnerability_of_npm_is_told_by_its_id_unless_it_is_waived(monkeypatch: pytest.MonkeyPatch) -> None:
    advisories = [{"url": f"https://github.com/advisories/GHSA-{name}"} for name in ("a", "b")]
    found = {"inner": {"via": advisories}, "outer": {"via": ["inner"]}}
    assert audit.read_npm_report("lock", found) == ["lock: inner: GHSA-a, GHSA-b"]
    monkeypatch.setitem(audit.WAIVED, "GHSA-a", "a reason")
    assert audit.read_npm_report("lock", found) == ["lock: inner: GHSA-b"]
    monkeypatch.setitem(audit.WAIVED, "GHSA-b", "a reason")
    assert audit.read_npm_report("lock", found) == []
