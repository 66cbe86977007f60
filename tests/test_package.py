"""What `make package` ships: small, complete, the same every time, and able to run with nothing else but Python."""

from __future__ import annotations

import base64
import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from infra import contents
from infra.archive import pack, remove, unpack_read_only
from infra.contents import UNNEEDED, check_libraries, check_size, drop_unneeded, size_bytes
from infra.package import PAGE, ROOT, build, compile_all
from infra.target import HOST, PackageError, Target
from predict.model import Model, ModelError
from tests.conftest import REPORT, Trained

HEAVY = ["sklearn", "pandas", "numpy", "scipy", "joblib", "training"]
# -I and -S: neither this environment's packages nor its variables; the folder alone is added to the standard library.
PYTHON = [sys.executable, "-I", "-S", "-B", "-c"]
INVOKE = """
import importlib.util, json, pkgutil, sys
folder, handler, events, probed = json.load(sys.stdin)
sys.path.append(folder)
handler = pkgutil.resolve_name(handler)
shown, sys.stdout = sys.stdout, sys.stderr  # where the function's log goes
json.dump({
    "answers": [handler(event, None) for event in events],
    "found": [name for name in probed if importlib.util.find_spec(name)],
}, shown)
"""
ARM = Target.of_lambda("python3.13", "arm64")
ELF_NUMBERS = {machine: number for number, machine in contents.ELF_MACHINES.items()}


def event(method: str, path: str, sent: str | None = None) -> dict[str, Any]:
    """Return what Lambda is sent for a request to a function URL or an HTTP API: an event of format 2.0."""
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "function.example"},
        "requestContext": {"http": http, "stage": "$default"},
        "body": sent,
        "isBase64Encoded": False,
    }


def body(answer: dict[str, Any]) -> bytes:
    """Return the body that Lambda makes of a handler's answer."""
    text: str = answer["body"]
    return base64.b64decode(text) if answer["isBase64Encoded"] else text.encode()


def invoke(package: Path, handler: str, events: list[dict[str, Any]], probed: list[str]) -> dict[str, Any]:
    """Return `handler`'s answers in a fresh Python that has only `package`, and which modules of `probed` it finds."""
    given = json.dumps([str(package), handler, events, probed])
    done = subprocess.run([*PYTHON, INVOKE], input=given, capture_output=True, text=True, env={}, timeout=60)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def files(package: Path) -> dict[str, Path]:
    """Return the files of a package by their paths in it."""
    found = {path.relative_to(package).as_posix(): path for path in package.rglob("*") if path.is_file()}
    assert found
    return found


@pytest.mark.parametrize("handler", ["predict.main.handler", "main.handler"])
def test_package_alone_answers_lambda_events(package: Path, model: Model, handler: str) -> None:
    row = model.document["typical_row"]
    events = [event("POST", "/predict", json.dumps(row)), event("POST", "/predict", "{}"), event("GET", "/")]
    events.append(event("GET", "/report"))
    answers = invoke(package, handler, events, [])["answers"]
    assert [answer["statusCode"] for answer in answers] == [200, 422, 200, 200]
    assert {answer["headers"]["x-model-version"] for answer in answers} == {model.version}
    predicted, refused, page, report = (body(answer) for answer in answers)
    assert json.loads(predicted) == model.predict(row)
    assert {error["pointer"] for error in json.loads(refused)["errors"]} == {f"/{name}" for name in row}
    assert page == (PAGE / "index.html").read_bytes()
    assert report == REPORT.encode()


def test_package_holds_no_library_of_training(package: Path) -> None:
    assert invoke(package, "predict.main.handler", [], [*HEAVY, "fastapi"])["found"] == ["fastapi"]


def test_package_is_small(package: Path) -> None:
    assert size_bytes(package) < contents.LARGEST_BYTES == 17_000_000
    assert package.with_name("function.zip").stat().st_size < contents.LARGEST_ZIP_BYTES == 6_000_000


def test_package_holds_what_runs_and_nothing_of_this_machine(package: Path) -> None:
    found = files(package)
    assert [path for pattern in UNNEEDED for path in package.glob(pattern)] == []
    assert [name for name in found if "tests" in Path(name).parts or Path(name).name == "requirements.txt"] == []
    traces = [str(ROOT).encode(), str(package.parent).encode(), b".new-", sys.executable.encode()]
    assert [name for name, path in found.items() if any(trace in path.read_bytes() for trace in traces)] == []


def test_every_library_keeps_its_licence_and_its_version(package: Path) -> None:
    libraries = [folder for folder in package.iterdir() if folder.suffix == ".dist-info"]
    assert libraries
    for library in libraries:
        assert (library / "METADATA").is_file()
        assert list(library.glob("licenses/*")), library


def test_what_is_left_out_is_there_before(tmp_path: Path) -> None:
    for name in (
        "pydantic/v1/main.py",
        "a.dist-info/RECORD",
        "a.dist-info/METADATA",
        "a/b/c.pyi",
        "a/py.typed",
        "a/b.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    drop_unneeded(tmp_path)
    assert set(files(tmp_path)) == {"a.dist-info/METADATA", "a/b.py"}


def test_every_module_is_compiled_for_good_and_as_it_lies_on_lambda(package: Path) -> None:
    modules = [name for name in files(package) if name.endswith(".py")]
    for name in modules:
        path = package / name
        compiled = (path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc").read_bytes()
        assert struct.unpack("<I", compiled[4:8]) == (1,), name  # a hash of the source, which is not checked
        assert f"/var/task/{name}".encode() in compiled
    assert len([name for name in files(package) if name.endswith(".pyc")]) == len(modules)


def test_package_holds_the_whole_page(package: Path) -> None:
    shipped, page = package / "predict" / "static", files(PAGE)
    assert {name: path.read_bytes() for name, path in files(shipped).items()} == {
        name: path.read_bytes() for name, path in page.items()
    }


def test_same_bytes_come_of_any_folder_at_any_time(package: Path, tmp_path: Path) -> None:
    again = tmp_path / "another folder" / "of-another-length"
    again.parent.mkdir()
    for name in ("model.json", "report.html"):
        shutil.copy(package.with_name(name), again.parent)
    archive = build(again, model=again.with_name("model.json"))
    first = package.with_name("function.zip")
    with ZipFile(first) as one, ZipFile(archive) as other:
        assert [
            (entry.filename, entry.CRC) for entry in one.infolist() if entry.CRC != other.getinfo(entry.filename).CRC
        ] == []
    assert archive.read_bytes() == first.read_bytes()
    assert {name: path.read_bytes() for name, path in files(again).items()} == {
        name: path.read_bytes() for name, path in files(package).items()
    }


def test_zip_has_no_times_owners_or_modes_and_is_sorted(package: Path) -> None:
    with ZipFile(package.with_name("function.zip")) as archive:
        entries = archive.infolist()
        assert archive.testzip() is None
    names = [entry.filename for entry in entries]
    assert names == sorted(files(package))
    assert {(entry.date_time, entry.external_attr >> 16, entry.create_system, entry.extra) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644, 3, b"")
    }


def test_package_for_another_machine_holds_its_libraries(trained: Trained, tmp_path: Path) -> None:
    out = tmp_path / "function"
    build(out, ARM, trained.path)
    libraries = [name for name in files(out) if ".so" in name]
    assert libraries == ["pydantic_core/_pydantic_core.cpython-313-aarch64-linux-gnu.so"]
    assert contents.elf_machine(out / libraries[0]) == "aarch64"
    compiled = {name.split(".")[-2] for name in files(out) if name.endswith(".pyc")}
    assert compiled == ({"cpython-313"} if ARM.find_interpreter() else set())


def library(machine: str, number: int = 0) -> bytes:
    """Return the header of a shared library for Linux."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, number or ELF_NUMBERS[machine]) + bytes(44)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a/_c.cpython-313-aarch64-linux-gnu.so", library("aarch64"), None),
        ("a/_c.abi3.so", library("aarch64"), None),
        ("a.libs/libgomp-1a2b.so.1.0.0", library("aarch64"), None),
        (
            "a/_c.cpython-313-aarch64-linux-gnu.so",
            library("x86_64"),
            r"^a/_c.* is for x86_64, the package for aarch64$",
        ),
        (
            "a.libs/libgomp-1a2b.so.1.0.0",
            library("x86_64"),
            r"^a\.libs/libgomp.* is for x86_64, the package for aarch64$",
        ),
        ("a/_c.abi3.so", library("", 3), r"^a/_c\.abi3\.so is for machine 3 of ELF, the package for aarch64$"),
        ("a/_c.abi3.so", b"MZ", r"^a/_c\.abi3\.so is for no Linux, the package for aarch64$"),
        (
            "a/_c.cpython-312-aarch64-linux-gnu.so",
            library("aarch64"),
            r"_c.* is not for Python 3\.13 \(cpython-313 or abi3\)$",
        ),
        ("a/_c.cpython-31-aarch64-linux-gnu.so", library("aarch64"), r"_c.* is not for Python 3\.13"),
        ("a/_c.so", library("aarch64"), r"^a/_c\.so is not for Python 3\.13 \(cpython-313 or abi3\)$"),
    ],
)
def test_library_for_another_platform_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str | None
) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_bytes(content)
    if message is None:
        check_libraries(tmp_path, ARM)
        return
    with pytest.raises(PackageError, match=message):
        check_libraries(tmp_path, ARM)


@pytest.mark.parametrize(
    ("runtime", "architecture", "message"),
    [
        ("python3.11", "arm64", "RUNTIME=python3.11 is not known; choose python3.12 or python3.13 or python3.14"),
        ("3.13", "arm64", "RUNTIME=3.13 is not known; choose python3.12 or python3.13 or python3.14"),
        ("python3.13", "aarch64", "ARCH=aarch64 is not known; choose x86_64 or arm64"),
    ],
)
def test_unknown_runtime_or_architecture_is_one_sentence(runtime: str, architecture: str, message: str) -> None:
    done = subprocess.run(
        [sys.executable, "infra/package.py"],
        cwd=ROOT,
        env={"RUNTIME": runtime, "ARCH": architecture},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"Error: {message}\n")


def test_compiling_interpreter_is_one_that_really_is_of_that_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert HOST.find_interpreter() == sys.executable
    asked = Target("3.99", "x86_64")
    for variable in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.99: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert asked.find_interpreter() is None
    early, right = (
        tmp_path / "PYENV_ROOT" / "versions" / f"3.99.{name}" / "bin" / "python3.99" for name in ("0a1", "1")
    )
    for path, level in ((early, "alpha"), (right, "final")):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\necho cpython-399 {level}\n")
        path.chmod(0o755)
    assert asked.find_interpreter() == str(right)


def test_package_that_nothing_here_can_compile_is_built_with_a_notice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").touch()
    compile_all(tmp_path, Target("3.99", "x86_64"))
    assert list(files(tmp_path)) == ["a.py"]
    assert capsys.readouterr().err == (
        "Note: there is no Python 3.99 here to compile the package with, so it starts half as fast; "
        "put python3.99 on PATH, or install it with uv or pyenv\n"
    )


def test_module_that_cannot_be_compiled_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def")
    with pytest.raises(PackageError, match=r"could not compile the package; see above$"):
        compile_all(tmp_path, HOST)


@pytest.mark.parametrize("cause", ["model", "wheel"])
def test_package_that_cannot_be_built_leaves_the_last_one(trained: Trained, tmp_path: Path, cause: str) -> None:
    out = tmp_path / "function"
    out.mkdir()
    (out / "last").touch()
    (tmp_path / "function.zip").touch()
    if cause == "model":
        with pytest.raises(ModelError, match=r"there is no model at .*missing\.json; run `make train`"):
            build(out, model=tmp_path / "missing.json")
    else:
        with pytest.raises(PackageError, match=r"^pip failed with exit code 1; see above$"):
            build(out, Target("3.13", "sparc"), model=trained.path)
    assert {path.name for path in tmp_path.rglob("*")} == {"function", "last", "function.zip"}


def test_too_large_a_package_is_refused(tmp_path: Path) -> None:
    package, archive = tmp_path / "package", tmp_path / "package.zip"
    for part, size in (("big", contents.LARGEST_BYTES - 1_000_000), ("small", 1_000_000 - 1)):
        (package / part).mkdir(parents=True)
        with (package / part / "a.pyc").open("wb") as file:
            file.truncate(size)
    with archive.open("wb") as file:
        file.truncate(contents.LARGEST_ZIP_BYTES - 1)
    check_size(package, archive)
    (package / "small" / "one").write_bytes(b"1")
    most = r"are allowed; the largest parts, unpacked: big 16\.0 MB, small 1\.0 MB$"
    with pytest.raises(PackageError, match=rf"^the package has 17\.0 MB, under 17 {most}"):
        check_size(package, archive)
    (package / "small" / "one").unlink()
    with archive.open("ab") as file:
        file.write(b"1")
    with pytest.raises(PackageError, match=rf"^the zip has 6\.0 MB, under 6 {most}"):
        check_size(package, archive)


def test_unpacked_folder_is_read_only_and_is_replaced_and_removed_all_the_same(tmp_path: Path) -> None:
    source, out, archive = tmp_path / "source", tmp_path / "out", tmp_path / "source.zip"
    for name in ("a/old.py", "a/new.py"):
        (source / "a").mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
        pack(source, archive)
        unpack_read_only(archive, out)
        assert {oct(path.stat().st_mode) for path in (out, *out.rglob("*"))} == {"0o40555", "0o100444"}
        assert (out / name).read_text() == name
        (source / name).unlink()
    assert list(files(out)) == ["a/new.py"]
    remove(out)
    assert not out.exists()
