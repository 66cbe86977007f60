"""Fetching: a version from the registry into a folder, all of its files or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from predict.model import PICKLE, REPORT, ModelError, parse_model
from predict.settings import PACKAGED_MODEL
from training.errors import InputError
from training.registry.manifest import MODEL
from training.registry.pointer import read_pointer
from training.registry.versions import Registered, find_manifest, read_files
from training.writing import write_files


def fetch(model: Registered, version: str | None, out: Path | None = None) -> str:
    """Write the files of a version, or of the live one, and return which that is.

    With None for `out` the function gets what it needs: model.json, its report, and the pickle where it is one.

    Raises:
        InputError: there is no such version, it is damaged, S3 fails, or a file cannot be written.
    """
    sha256 = None
    if version is None:
        history, _etag = read_pointer(model)
        if not history:
            raise InputError(f"nothing of {model.address.name} is live; promote a version, or name one")
        version, sha256 = history[-1].version, history[-1].manifest_sha256
    manifest, _sha256 = find_manifest(model, version, sha256)
    files = read_files(model, manifest)
    is_pickled = _check_model(files[MODEL], manifest)
    if out is not None:
        write_files({out / name: contents for name, contents in files.items()})
        return version
    needed = {MODEL, REPORT, PICKLE} if is_pickled else {MODEL, REPORT}
    folder = PACKAGED_MODEL.parent
    write_files({folder / name: contents for name, contents in files.items() if name in needed})
    if not is_pickled:
        (folder / PICKLE).unlink(missing_ok=True)
    return version


def _check_model(contents: bytes, manifest: dict[str, Any]) -> bool:
    """Return whether the model is pickled; one that is not is loaded, to see that this code can.

    Raises:
        InputError: it cannot.
    """
    if manifest["model"]["is_pickled"]:  # which only its own libraries could load
        return True
    try:
        parse_model(contents, f"{MODEL} of version {manifest['version']}")
    except ModelError as error:
        raise InputError(str(error)) from None
    return False
