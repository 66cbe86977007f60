"""The packages that are compared: folders as Lambda unpacks them, each with `main.handler` and `main.app`."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.bar import Bar
from benchmarks.measure import FLOOR, FUNCTION, NAIVE, Measure
from benchmarks.process import environment
from benchmarks.request import Request
from infra.archive import pack
from infra.contents import LARGEST_BYTES, LARGEST_ZIP_BYTES, size_bytes
from infra.package import build, compile_all
from infra.target import HOST
from predict.model import Model
from training import ROOT
from training.train import MODEL_FOLDER

HERE = Path(__file__).parent
OUT = ROOT / "build" / "benchmarks"
HANDLER = "main.handler"  # of every package
REQUIREMENTS = {
    FLOOR: ROOT / "functions" / "predict" / "requirements.txt",
    NAIVE: HERE / "naive" / "requirements.txt",
    "server": ROOT / "infra" / "requirements.txt",
}


def build_packages(model: Model) -> dict[str, Path]:
    """Build each contestant's package for the running interpreter and return its folder.

    Raises:
        FileNotFoundError: training has left no pipeline for the naive function.
    """
    pipeline = MODEL_FOLDER / "model.joblib"
    if not pipeline.is_file():
        raise FileNotFoundError(f"there is no {pipeline} for the naive function to load; `make train` writes it")
    build(OUT / FUNCTION)
    schema, answer = (json.dumps(each).encode() for each in (model.document["schema"], Request.of(model).answer))
    return {
        FUNCTION: OUT / FUNCTION,
        FLOOR: install(FLOOR, {"main.py": read_main(FLOOR), "schema.json": schema, "answer.json": answer}),
        NAIVE: install(NAIVE, {"main.py": read_main(NAIVE), "model.joblib": pipeline.read_bytes()}),
    }


def read_main(name: str) -> bytes:
    """Return the module that is all of a contestant but its libraries and data."""
    return (HERE / name / "main.py").read_bytes()


def install(name: str, files: dict[str, bytes]) -> Path:
    """Return the folder of a package: its locked requirements, just as pip installs them, and `files`, compiled.

    It is made anew only if any of that changed.
    """
    folder = OUT / name
    parts = [sys.version.encode(), REQUIREMENTS[name].read_bytes(), *files.values()]
    stamp, wanted = folder.with_suffix(".stamp"), " ".join(hashlib.sha256(part).hexdigest() for part in parts)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return folder
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    locked = ["--require-hashes", "--only-binary", ":all:", "--target", str(folder), "-r", str(REQUIREMENTS[name])]
    subprocess.run([*pip, *locked], env=environment(), check=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    compile_all(folder, HOST)
    pack(folder, folder.with_suffix(".zip"))
    stamp.write_text(wanted, encoding="utf-8")
    return folder


def weigh_packages(packages: dict[str, Path], _request: Request) -> tuple[list[Measure], list[Bar]]:
    """Weigh the packages, .pyc included, as a zip and unpacked."""
    zips = {name: folder.with_suffix(".zip").stat().st_size for name, folder in packages.items()}
    zipped = Measure("package, zip", "MB", {name: [size / 1e6] for name, size in zips.items()})
    sizes = {name: size_bytes(folder) for name, folder in packages.items()}
    unpacked = Measure("package, unpacked", "MB", {name: [size / 1e6] for name, size in sizes.items()})
    bars = [
        Bar("package, zip, MB", zipped.median(FUNCTION), most=LARGEST_ZIP_BYTES / 1e6),
        Bar("package, unpacked, MB", unpacked.median(FUNCTION), most=LARGEST_BYTES / 1e6),
    ]
    return [zipped, unpacked], bars
