"""Ask for known vulnerabilities of everything that is locked, of Python and npm: `make audit`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
WAIVED: dict[str, str] = {}  # the id of a vulnerability: why it does no harm here


class AuditError(Exception):
    """Something could not be audited; the message says what and why."""


def main(python: str) -> int:
    """Print what is known of each package, and return an exit code; `python` is the one that has pip-audit."""
    requirements, packages = find("*requirements*.txt"), find("*package-lock.json")
    try:
        found = [*audit_python(python, requirements), *(line for lock in packages for line in audit_npm(lock))]
    except AuditError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    for line in found:
        print(line)
    for name, reason in WAIVED.items():
        print(f"waived: {name}, since {reason}")
    print(f"{len(found)} known vulnerabilities in {', '.join([*requirements, *packages])}")
    return 1 if found else 0


def find(pattern: str) -> list[str]:
    """Return the files of git whose names match."""
    command = ["git", "ls-files", pattern, f"**/{pattern}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def audit_python(python: str, files: list[str]) -> list[str]:
    """Return a line for each vulnerability of a package that one of the requirement files names.

    Raises:
        AuditError: the service of vulnerabilities was not reached, or does not know a package. pip-audit itself takes
            that for a pass.
    """
    return read_report([package for name in files for package in ask_pip_audit(python, name)])


def ask_pip_audit(python: str, file: str) -> list[dict[str, Any]]:
    """Return what pip-audit reports of each package of one file: it refuses files together whose versions differ.

    Raises:
        AuditError: it ended without an answer.
    """
    options = ["--requirement", file, *(option for name in WAIVED for option in ("--ignore-vuln", name))]
    run = subprocess.run([python, "-m", "pip_audit", *COMMAND, *options], cwd=ROOT, capture_output=True, text=True)
    try:
        packages: list[dict[str, Any]] = json.loads(run.stdout)["dependencies"]
    except ValueError:
        raise AuditError(f"pip-audit of {file} ended without an answer: {last_line(run.stderr)}") from None
    return packages


def read_report(packages: list[dict[str, Any]]) -> list[str]:
    """Return a line for each vulnerability in what pip-audit reports of each package, once.

    Raises:
        AuditError: a package was skipped.
    """
    skipped = {package["name"]: package["skip_reason"] for package in packages if "skip_reason" in package}
    if skipped or not packages:
        raise AuditError(
            f"{len(skipped)} of {len({package['name'] for package in packages})} packages were not audited, the first "
            f"since: {next(iter(skipped.values()), 'there are none')}. Where all are, the service of vulnerabilities "
            "is not reached from this machine; ask from one that reaches it"
        )
    lines = {
        f"{package['name']} {package['version']}: {one['id']}, fixed in {', '.join(one['fix_versions']) or 'none'}"
        for package in packages
        for one in package["vulns"]
    }
    return sorted(lines)


def audit_npm(lock: str) -> list[str]:
    """Return a line for each package that a package-lock.json names with a vulnerability that is not waived.

    Raises:
        AuditError: there is no npm, or its service was not reached.
    """
    command = ["npm", "audit", "--package-lock-only", "--json"]
    try:
        run = subprocess.run(command, cwd=(ROOT / lock).parent, capture_output=True, text=True)
    except FileNotFoundError:
        raise AuditError(f"there is no npm here to audit {lock} with; install it") from None
    try:
        report = json.loads(run.stdout)
    except ValueError:
        raise AuditError(f"npm audit of {lock} ended without an answer: {last_line(run.stderr)}") from None
    if "vulnerabilities" not in report:
        raise AuditError(f"npm audit of {lock} failed: {report.get('message') or last_line(run.stderr)}")
    return read_npm_report(lock, report["vulnerabilities"])


def read_npm_report(lock: str, vulnerabilities: dict[str, Any]) -> list[str]:
    """Return a line for each package with vulnerabilities of its own that are not waived, in what npm audit reports.

    A package that has one from another is named by npm, too: that one's line tells of it.
    """
    own = {
        name: [cause["url"].rpartition("/")[2] for cause in one["via"] if isinstance(cause, dict)]
        for name, one in vulnerabilities.items()
    }
    left = {name: [each for each in ids if each not in WAIVED] for name, ids in sorted(own.items())}
    return [f"{lock}: {name}: {', '.join(ids)}" for name, ids in left.items() if ids]


def last_line(text: str) -> str:
    """Return the last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no word")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
