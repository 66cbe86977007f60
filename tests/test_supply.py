"""What is installed is what was locked: every installation compares hashes, and one that differs fails."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from training import ROOT

INSTALLERS = ("Makefile", "infra/Dockerfile", "infra/localstack/Dockerfile")
LISTS = ("infra/package.py", "benchmarks/packages.py")  # with pip's options in a list
INSTALL = re.compile(r"\bpip .*install |\$\(PIP\) |\$\$pip ")
UNCOMPARED = re.compile(r"""pip['"]?,? ['"]?install\b['"]?,? ['"]?(?!.*--require-hashes)-""")
DEFINITION = re.compile(r"\s*(PIP :=|pip=)")  # of what is followed by options where it is used


@pytest.mark.parametrize(("name", "least"), list(zip(INSTALLERS, (8, 6, 3), strict=True)))
def test_every_installation_compares_hashes(name: str, least: int) -> None:
    """But of the repository's own code, which is taken from no index."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    commands = [command for line in text.splitlines() for command in line.split("&&")]
    installing = [line for line in commands if INSTALL.search(line) and not DEFINITION.match(line)]
    assert len(installing) >= least
    assert [line for line in installing if "--require-hashes" not in line and "--no-index" not in line] == []


@pytest.mark.parametrize("name", LISTS)
def test_package_for_lambda_compares_hashes(name: str) -> None:
    assert '"--require-hashes", "--only-binary"' in (ROOT / name).read_text(encoding="utf-8")


def test_npm_installs_by_its_lock_and_runs_no_scripts() -> None:
    commands = [line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if "npm ci" in line]
    assert len(commands) == 1
    assert "--ignore-scripts" in commands[0]


def test_no_other_file_installs_packages() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    code = [name for name in tracked if re.search(r"\.(py|sh|yml|toml)$|Dockerfile|Makefile|\.ci/|/start$", name)]
    assert len(code) > 100
    installing = {
        name
        for name in code
        if not name.startswith("tests/")
        and any(map(UNCOMPARED.search, (ROOT / name).read_text(encoding="utf-8").splitlines()))
    }
    assert set(LISTS) <= installing <= {*INSTALLERS, *LISTS}


@pytest.mark.parametrize("is_tampered", [False, True])
def test_package_that_is_not_the_locked_one_is_not_installed(tmp_path: Path, is_tampered: bool) -> None:
    wheel, module = tmp_path / "locked-1-py3-none-any.whl", b"x = 1\n"
    digest = base64.urlsafe_b64encode(hashlib.sha256(module).digest()).rstrip(b"=").decode()
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("locked.py", module)
        file.writestr("locked-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: locked\nVersion: 1\n")
        file.writestr("locked-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("locked-1.dist-info/RECORD", f"locked.py,sha256={digest},{len(module)}\n")
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"locked==1 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    if is_tampered:
        with zipfile.ZipFile(wheel, "a") as file:
            file.comment = b"another"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    options = ["--no-index", "--find-links", str(tmp_path), "--target", str(tmp_path / "out"), "-r", str(lock)]
    done = subprocess.run([*pip, *options], capture_output=True, text=True)
    assert (done.returncode != 0) == is_tampered, done.stderr
    assert (tmp_path / "out" / "locked.py").exists() != is_tampered
    assert ("THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr) == is_tampered
