"""A registry with small models, each of which answers with a number of its own, and apps that follow it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pickled import find_versions
from predict.app import create_app
from predict.live import LiveApp
from predict.model import PICKLE, REPORT, document_version
from predict.registry import Address
from tests.apps import TYPICAL, mixed_model
from tests.s3 import BUCKET, S3, serve_s3
from training.document import render_document
from training.registry.bucket import Bucket
from training.registry.manifest import MODEL, build_manifest
from training.registry.versions import Registered, publish

NAME = "strange"
FOLDER = f"demo/models/{NAME}"
ADDRESS = Address(BUCKET, FOLDER)
RMSE = {"value": 1.0, "low": 0.9, "high": 1.1}
R2 = {"value": 0.5, "low": 0.4, "high": 0.6}
ROW = TYPICAL


@pytest.fixture
def s3() -> Iterator[S3]:
    """S3 on loopback, with one empty bucket."""
    with serve_s3() as server:
        yield server


@pytest.fixture
def registered(s3: S3) -> Registered:
    """The model in an empty registry."""
    return open_registry(s3.client())


@pytest.fixture
def packaged(tmp_path: Path) -> Path:
    """The packaged model, of number 0."""
    return write_folder(tmp_path / "packaged", make_document(0)) / "model.json"


def make_document(number: int, name: str = NAME, **changes: Any) -> dict[str, Any]:
    """Return a model.json's contents whose answers are higher by `number`.

    `changes` may be of `rmse`, `r2`, `data`, `seed` and `is_pickled`.
    """
    document = copy.deepcopy(mixed_model().document)
    document["name"], document["title"] = name, f"Model {number}"
    document["estimator"]["model"]["intercept"] = [float(number)]
    if changes.get("is_pickled"):
        document["estimator"] = {"model": {"type": "pickle", "sha256": "0" * 64, "versions": find_versions()}}
    document["metrics"] = {
        "cross_validation": {"loss": "rmse"},
        "held_out": {"rows": 100, "model": {"rmse": changes.get("rmse", RMSE), "r2": changes.get("r2", R2)}},
    }
    data = {"content_sha256": changes.get("data", "d" * 64)}
    document["provenance"] = {"data": data, "seed": changes.get("seed", 0)}
    return {**document, "version": document_version(document)}


def make_files(document: dict[str, Any]) -> dict[str, bytes]:
    """Return the files of a version."""
    return {
        MODEL: render_document(document),
        PICKLE: b"never read: the model is portable",
        REPORT: f"<!doctype html><title>Report of {document['version']}</title>".encode(),
    }


def write_folder(folder: Path, document: dict[str, Any]) -> Path:
    """Write a version's files as training does."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, contents in make_files(document).items():
        (folder / name).write_bytes(contents)
    return folder


def open_registry(client: Any, name: str = NAME) -> Registered:
    """Return a model of the registry at s3://models/demo."""
    return Registered(Bucket(client, BUCKET), Address(BUCKET, f"demo/models/{name}"))


def publish_number(model: Registered, number: int, **changes: Any) -> str:
    """Publish the model with a number and return its version."""
    document = make_document(number, model.address.name, **changes)
    files = make_files(document)
    publish(model, build_manifest(document, files), files)
    return str(document["version"])


def make_live(s3: S3, packaged: Path, address: Address = ADDRESS, **options: Any) -> LiveApp:
    """Return an app that follows `address`, and falls back on the model at `packaged`."""
    client = options.pop("client", None) or s3.client()

    def make_app(model: Any, report: Any, health: Any) -> Any:
        return create_app(model, packaged.parent, report, health=health)

    return LiveApp(address, client, make_app, packaged, **options)


async def ask(app: LiveApp, method: str, path: str, **options: Any) -> httpx.Response:
    """Ask an app in the running event loop."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://function") as client:
        return await client.request(method, path, **options)
