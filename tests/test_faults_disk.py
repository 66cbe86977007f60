"""A disk that is full, read-only or not ours: one sentence, the files of before, and nothing left behind."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Trained
from training import ROOT
from training import train as train_module
from training.train import save

# as root may write anywhere, the programs run without that right
LESS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
MOUNT = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
CAN_MOUNT = not subprocess.run([*MOUNT, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode
READ_ONLY = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; exec "$@"'
SMALL = 'mount -t tmpfs -o size=32m none "$1"; shift; exec "$@"'
# The programs write each thing that is written anywhere, beside what the test has there already.
WRITE = """
import pickle, sys
from pathlib import Path
from infra import package, site
from infra.target import PackageError
from training.drafting import draft
from training.errors import InputError
from training.problem_text import write_draft
from training import train
from training.train import save

trained, folder, table = pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]), sys.argv[3]
package.install_requirements = lambda new, _target: new.mkdir()  # whose writes are pip's own
package.compile_all = lambda _new, _target: None
model = Path(sys.argv[1]).with_name("model.json")
report = train.render_report(trained.document)  # once
train.render_report = lambda _document: report

def ways():
    return {
        "train": lambda: save(trained, folder / "model", folder / "function" / "model.json"),
        "init": lambda: write_draft(draft(table, "y", None, None, lambda _step: None), folder / "problem.toml"),
        "package": lambda: package.build(folder / "build" / "function", model=model),
        "site": lambda: site.build(folder / "build" / "site", model=model),
    }

def names():
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "ballast"}

def told(act):
    before = names()
    try:
        act()
    except (InputError, PackageError, site.SiteError) as error:
        assert names() == before, set(names()) ^ set(before)
        return str(error)
    return None
"""
DENIED = """
for name, act in ways().items():
    print(name, told(act))
"""
FULL = """
import os, resource

def leave(size):
    # so many bytes: of the whole disk, or for each file
    if sys.argv[4] == "tmpfs":
        free = os.statvfs(folder)
        with (folder / "ballast").open("ab") as file:
            file.truncate(0)
            os.posix_fallocate(file.fileno(), 0, os.statvfs(folder).f_bavail * free.f_bsize - size)
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

for name, act in ways().items():
    free, messages = 0, []
    leave(free)
    while message := told(act):
        messages.append(message)
        free = free * 2 + 4096
        leave(free)
    assert messages, name
    leave(8_000_000)
    print(name, *sorted(set(messages)), sep="\\t")
"""


def run(script: str, before: list[str], trained: Trained, folder: Path, *arguments: str) -> list[str]:
    """Return the lines that a script prints that writes to `folder`, started by the command `before`."""
    other = folder.with_name("other")
    other.mkdir()
    found = train_module.Trained(trained.document, trained.pipeline, trained.features, trained.pickled)
    (other / "trained").write_bytes(pickle.dumps(found))
    shutil.copyfile(trained.path, other / "model.json")
    (other / "t.csv").write_text("a,y\n" + "x,1\nz,0\n" * 50)
    paths = [str(path) for path in (other / "trained", folder, other / "t.csv")]
    command = [*before, sys.executable, "-c", WRITE + script, *paths, *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "functions")])}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


DENIALS: dict[str, list[str]] = {"Permission denied": LESS}
LIMITS: dict[str, list[str]] = {"File too large": []}
if CAN_MOUNT:
    DENIALS["Read-only file system"] = [*MOUNT, "sh", "-euc", READ_ONLY, "sh"]
    LIMITS["No space left on device"] = [*MOUNT, "sh", "-euc", SMALL, "sh"]


@pytest.mark.parametrize("reason", DENIALS)
def test_folder_that_cannot_be_written_keeps_what_it_has(reason: str, trained: Trained, folder: Path) -> None:
    save(trained, folder / "model", folder / "function" / "model.json")
    (folder / "build").mkdir()
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        path.chmod(0o555)
    before = DENIALS[reason]
    try:
        lines = run(DENIED, [*before, str(folder)] if "sh" in before else before, trained, folder)
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)
    assert [line.partition(" ")[0] for line in lines] == ["train", "init", "package", "site"]
    for line in lines:
        assert f" cannot be written ({reason}); " in line


@pytest.mark.parametrize("reason", LIMITS)
def test_disk_that_is_full_at_any_moment_keeps_what_it_has(reason: str, trained: Trained, folder: Path) -> None:
    before, kind = LIMITS[reason], "tmpfs" if LIMITS[reason] else "limit"
    lines = run(FULL, [*before, str(folder)] if before else [], trained, folder, kind)
    assert [line.partition("\t")[0] for line in lines] == ["train", "init", "package", "site"]
    for line in lines:
        for message in line.split("\t")[1:]:
            assert f" cannot be written ({reason}); " in message
