"""What a package may hold: nothing that is not needed at run time, nothing for another platform, and not too much."""

from __future__ import annotations

import shutil
import struct
import sys
from pathlib import Path

from infra.target import PackageError, Target

UNNEEDED = {
    "bin": "commands, which name the Python of the machine that builds",
    "*.dist-info/RECORD": "hashes of files that are left out here",
    "*.dist-info/INSTALLER": "how it came here",
    "*.dist-info/REQUESTED": "how it came here",
    "*.dist-info/direct_url.json": "how it came here",
    "*.dist-info/sboms": "what a library was compiled from",
    "**/*.pyi": "for type checkers",
    "**/py.typed": "for type checkers",
    "pydantic/mypy.py": "for type checkers",
    "anyio/_backends/_trio.py": "the event loop that nobody asks for",
    "anyio/pytest_plugin.py": "for tests",
    "fastapi/testclient.py": "for tests",
    "starlette/testclient.py": "for tests",
    "fastapi/.agents": "for those who write code with FastAPI",
    "fastapi/__main__.py": "the command that Lambda does not run",
    "fastapi/cli.py": "the command that Lambda does not run",
    "idna/__main__.py": "the command that Lambda does not run",
    "idna/cli.py": "the command that Lambda does not run",
    "annotated_types/test_cases.py": "for tests",
    # FastAPI asks of every model whether it is one of version 1, and takes that there is no such module for a no. That
    # saves its import at every cold start.
    "pydantic/v1": "models as they were before pydantic 2",
}
LARGEST_BYTES, LARGEST_ZIP_BYTES = 17_000_000, 6_000_000
ELF_MACHINES = {62: "x86_64", 183: "aarch64"}


def drop_unneeded(package: Path) -> None:
    """Delete what the package does without."""
    for pattern in UNNEEDED:
        for path in list(package.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def check_libraries(package: Path, target: Target) -> None:
    """Raise PackageError if a compiled library in the package is not one for `target`."""
    if target.is_host and sys.platform != "linux":  # where libraries are of other formats
        return
    for path in sorted(path for path in package.rglob("*.so*") if path.is_file()):
        given = elf_machine(path)
        if given != target.machine:
            raise PackageError(f"{path.relative_to(package)} is for {given}, the package for {target.machine}")
        tag = path.name.split(".")[-2]
        if path.suffix == ".so" and tag != "abi3" and not tag.startswith(f"{target.tag}-"):
            raise PackageError(f"{path.relative_to(package)} is not for Python {target.python} ({target.tag} or abi3)")


def elf_machine(path: Path) -> str:
    """Return the machine that the header of a shared library names."""
    with path.open("rb") as file:
        header = file.read(20)
    if len(header) < 20 or header[:4] != b"\x7fELF":
        return "no Linux"
    (number,) = struct.unpack_from("<H", header, 18)
    return ELF_MACHINES.get(number, f"machine {number} of ELF")


def size_bytes(folder: Path) -> int:
    """Return the size of all files below `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def check_size(package: Path, archive: Path) -> None:
    """Raise PackageError if the package or the zip of it is too large."""
    for name, size, largest in (
        ("package", size_bytes(package), LARGEST_BYTES),
        ("zip", archive.stat().st_size, LARGEST_ZIP_BYTES),
    ):
        if size >= largest:
            parts = sorted(((size_bytes(part), part.name) for part in package.iterdir() if part.is_dir()), reverse=True)
            most = ", ".join(f"{part} {bytes_ / 1e6:.1f} MB" for bytes_, part in parts[:3])
            raise PackageError(
                f"the {name} has {size / 1e6:.1f} MB, under {largest / 1e6:.0f} are allowed; the largest parts, "
                f"unpacked: {most}"
            )
