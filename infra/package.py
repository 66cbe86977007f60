"""Build the function for Lambda, as a zip and unpacked: build/function.zip and build/function."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.archive import pack, reason_of, remove
from infra.contents import check_libraries, check_size, drop_unneeded, size_bytes
from infra.target import HOST, PackageError, Target
from predict.model import REPORT, ModelError, is_pickled, load_model
from predict.settings import PACKAGED_MODEL

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS = ROOT / "functions"
PAGE = ROOT / "frontend" / "static"
OUT = ROOT / "build" / "function"
RUNTIME, ARCHITECTURE = "python3.13", "x86_64"
TASK_ROOT = "/var/task"  # where Lambda unpacks it


def build(out: Path, target: Target = HOST, model: Path = PACKAGED_MODEL) -> Path:
    """Fill the folder `out` anew with the function, its page, its requirements and the baked `model`; return its zip.

    The report beside the model goes with it, if there is one. The zip lies beside `out`. The same requirements, model
    and target give the same bytes, wherever and whenever they are built, as long as the same Python compiles them.

    Raises:
        ModelError: there is no usable model.
        PackageError: the package cannot be built or used; `out` and the zip are left as they were.
    """
    if is_pickled(load_model(model).document):
        raise PackageError(
            f"{model} is a pickle, and scikit-learn does not fit into a zip for Lambda; build its image, as "
            'docs/image.md has it, or set bake = "portable" in training/problem.toml'
        )
    archive = out.with_name(f"{out.name}.zip")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".new-") as temporary:
            new = Path(temporary) / out.name
            install_requirements(new, target)
            drop_unneeded(new)
            copy_function(new, model)
            check_libraries(new, target)
            compile_all(new, target)
            pack(new, new.with_name(archive.name))
            check_size(new, new.with_name(archive.name))
            remove(out)
            new.rename(out)
            new.with_name(archive.name).replace(archive)
    except OSError as error:
        raise PackageError(f"{out} cannot be written ({reason_of(error)}); make room, or make it writable") from None
    return archive


def install_requirements(package: Path, target: Target) -> None:
    """Install what the function requires into the package."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(FUNCTIONS / "predict" / "requirements.txt")]
    done = subprocess.run([*pip, *target.pip_options, "--target", package, *locked], check=False)
    if done.returncode:
        raise PackageError(f"pip failed with exit code {done.returncode}; see above")


def copy_function(package: Path, model: Path) -> None:
    """Copy the function, its model, its report and its page into the package."""
    # a name with a dot is that of a copy that a killed training left behind
    unneeded = shutil.ignore_patterns("__pycache__", "requirements.txt", PACKAGED_MODEL.name, REPORT, ".*")
    shutil.copytree(FUNCTIONS / "predict", package / "predict", ignore=unneeded)
    shutil.copyfile(model, package / "predict" / PACKAGED_MODEL.name)
    if (report := model.with_name(REPORT)).is_file():
        shutil.copyfile(report, package / "predict" / REPORT)
    shutil.copytree(PAGE, package / "predict" / "static")
    shutil.copy(FUNCTIONS / "main.py", package)


def compile_all(package: Path, target: Target) -> None:
    """Compile every module: on Lambda nothing can be written, so each start would compile them all again."""
    interpreter = target.find_interpreter()
    if interpreter is None:
        print(
            f"Note: there is no Python {target.python} here to compile the package with, so it starts half as fast; "
            f"put python{target.python} on PATH, or install it with uv or pyenv",
            file=sys.stderr,
        )
        return
    # The files do not change after this, so that nothing has to be compared at import.
    how = ["-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(package), "-p", TASK_ROOT]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PYTHONHASHSEED"] = "0"  # else the order of sets differs from run to run
    done = subprocess.run([interpreter, "-m", "compileall", *how, package], env=environment, check=False)
    if done.returncode:
        raise PackageError(f"{interpreter} could not compile the package; see above")


def main() -> int:
    """Build for the RUNTIME and ARCH of Lambda that the environment names and return an exit code."""
    runtime = os.environ.get("RUNTIME") or RUNTIME
    architecture = os.environ.get("ARCH") or ARCHITECTURE
    try:
        archive = build(OUT, Target.of_lambda(runtime, architecture))
    except (ModelError, PackageError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    zipped, unpacked = archive.stat().st_size / 1e6, size_bytes(OUT) / 1e6
    if (runtime, architecture) != (RUNTIME, ARCHITECTURE):
        print(f"Note: it is deployed by make deploy RUNTIME={runtime} ARCH={architecture}")
    print(f"{archive}: {zipped:.2f} MB, unpacked {unpacked:.1f} MB, for {runtime} on {architecture}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
