"""Put the function and what it needs at run time into build/function, as Lambda unpacks it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS = ROOT / "functions"
PYTHON, PLATFORM = "3.13", "manylinux2014_x86_64"


def build(out: Path, *platform: str) -> None:
    """Fill the folder `out` anew; `platform` holds pip's options for another interpreter than the running one."""
    shutil.rmtree(out, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    requirements = FUNCTIONS / "predict" / "requirements.txt"
    subprocess.run(
        [*pip, "--require-hashes", "--only-binary", ":all:", *platform, "--target", out, "-r", requirements], check=True
    )
    unneeded = shutil.ignore_patterns("__pycache__", "requirements.txt")
    shutil.copytree(FUNCTIONS / "predict", out / "predict", ignore=unneeded)
    shutil.copytree(ROOT / "frontend" / "static", out / "predict" / "static")
    shutil.copy(FUNCTIONS / "main.py", out)


def size_bytes(folder: Path) -> int:
    """Return the size of all files below `folder`, without .pyc."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")


def main() -> None:
    """Build for Lambda."""
    out = ROOT / "build" / "function"
    build(out, "--python-version", PYTHON, "--platform", PLATFORM)
    print(f"{out}: {size_bytes(out) / 1e6:.1f} MB for Python {PYTHON} on {PLATFORM}")


if __name__ == "__main__":
    main()
