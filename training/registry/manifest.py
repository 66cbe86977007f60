"""The manifest: what a version consists of, and what promotions and lists have to know of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from predict.model import PICKLE, REPORT, ModelError, is_pickled, load_model
from predict.registry import FORMAT, find_sha256
from training.errors import InputError

MODEL = "model.json"
MEDIA_TYPES = {MODEL: "application/json", PICKLE: "application/octet-stream", REPORT: "text/html; charset=utf-8"}
SKILLS = {"log_loss": "log_loss_skill", "rmse": "r2"}  # by the loss: what of it is left of always answering the base


def read_folder(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the manifest of the model that training wrote to `folder`, and the contents of its files.

    Raises:
        InputError: there is none, it is damaged, or its files are not of one and the same training.
    """
    try:
        document = load_model(folder / MODEL).document
        files = {name: (folder / name).read_bytes() for name in MEDIA_TYPES}
    except ModelError as error:
        raise InputError(str(error)) from None
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read ({error.strerror}); run `make train` to write it") from None
    if document["version"].encode() not in files[REPORT]:
        raise InputError(f"{folder / REPORT} is not of the model beside it; run `make train` to write both")
    return build_manifest(document, files), files


def build_manifest(document: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the manifest of a model.json's contents and its files. The same files give the same manifest."""
    metrics = document["metrics"]
    loss = metrics["cross_validation"]["loss"]
    figures = metrics["held_out"]["model"]
    return {
        "format": FORMAT,
        "name": document["name"],
        "version": document["version"],
        "files": {
            name: {"sha256": find_sha256(contents), "size_bytes": len(contents)} for name, contents in files.items()
        },
        "model": {
            "task": document["task"],
            "target": document["target"],
            "fields": sorted(document["schema"]["properties"]),
            "data_sha256": document["provenance"]["data"]["content_sha256"],
            "seed": document["provenance"]["seed"],
            "held_out_rows": metrics["held_out"]["rows"],
            "loss": {"name": loss, **figures[loss]},
            "skill": {"name": SKILLS[loss], **figures[SKILLS[loss]]},
            "is_pickled": is_pickled(dict(document)),
        },
    }


def render(document: Mapping[str, Any]) -> bytes:
    """Return JSON for the registry: the same contents give the same bytes."""
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=1) + "\n").encode()
