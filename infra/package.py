"""Put the function and what it needs at run time into build/function, as Lambda unpacks it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from predict.model import REPORT, ModelError, load_model
from predict.settings import PACKAGED_MODEL

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS = ROOT / "functions"
PAGE = ROOT / "frontend" / "static"
OUT = ROOT / "build" / "function"
PYTHON, PLATFORM = "3.13", "manylinux2014_x86_64"
LARGEST_BYTES = 12_000_000


class PackageError(Exception):
    """The package cannot be used; the message says why."""


def build(out: Path, *platform: str, model: Path = PACKAGED_MODEL) -> None:
    """Fill the folder `out` anew with the function, its page, its requirements and the baked `model`.

    The report beside the model goes with it, if there is one. `platform` holds pip's options for another interpreter
    than the running one. The same requirements and model give the same files, wherever they are built.

    Raises:
        ModelError: there is no usable model.
        PackageError: the package is too large; `out` is left as it was.
    """
    load_model(model)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".new-") as temporary:
        new = Path(temporary) / out.name
        install_requirements(new, *platform)
        unneeded = shutil.ignore_patterns("__pycache__", "requirements.txt", PACKAGED_MODEL.name, REPORT)
        shutil.copytree(FUNCTIONS / "predict", new / "predict", ignore=unneeded)
        shutil.copyfile(model, new / "predict" / PACKAGED_MODEL.name)
        if (report := model.with_name(REPORT)).is_file():
            shutil.copyfile(report, new / "predict" / REPORT)
        shutil.copytree(PAGE, new / "predict" / "static")
        shutil.copy(FUNCTIONS / "main.py", new)
        check_size(new)
        shutil.rmtree(out, ignore_errors=True)
        new.rename(out)


def install_requirements(folder: Path, *platform: str) -> None:
    """Install what the function requires into `folder`, without what only fits the machine that builds."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(FUNCTIONS / "predict" / "requirements.txt")]
    subprocess.run([*pip, *platform, "--target", folder, *locked], check=True)
    # The commands name this machine's Python, and RECORD their hashes. The rest of *.dist-info stays: opentelemetry
    # and pydantic look up entry points and versions in it.
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for record in folder.glob("*.dist-info/RECORD"):
        record.unlink()


def size_bytes(folder: Path) -> int:
    """Return the size of all files below `folder`, without .pyc."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")


def check_size(folder: Path) -> None:
    """Raise PackageError if the package in `folder` is larger than LARGEST_BYTES."""
    size = size_bytes(folder)
    if size > LARGEST_BYTES:
        parts = sorted(((size_bytes(part), part.name) for part in folder.iterdir() if part.is_dir()), reverse=True)
        largest = ", ".join(f"{name} {part / 1e6:.1f} MB" for part, name in parts[:3])
        raise PackageError(
            f"the package has {size / 1e6:.1f} MB, under {LARGEST_BYTES / 1e6:.0f} are allowed; most: {largest}"
        )


def main() -> int:
    """Build for Lambda and return an exit code."""
    try:
        build(OUT, "--python-version", PYTHON, "--platform", PLATFORM)
    except (ModelError, PackageError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"Error: pip failed with exit code {error.returncode}; see above", file=sys.stderr)
        return 1
    print(f"{OUT}: {size_bytes(OUT) / 1e6:.1f} MB for Python {PYTHON} on {PLATFORM}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
