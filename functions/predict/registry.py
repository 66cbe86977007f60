"""The registry: where the versions of a model lie in S3, which one is live, and that they are what they should be.

models/<name>/live is the pointer, the one object that ever changes: the history of what was live, the present last.
models/<name>/<version>/ holds the files of a version, and manifest.json with the sha256 and size of each, written last.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Self

FORMAT = 1
LIVE, MANIFEST = "live", "manifest.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
VERSION = re.compile(r"[0-9a-f]{12}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_ENTRIES = 10_000  # of a history, some 2 MB


class RegistryError(Exception):
    """What lies in the registry cannot be used; the message says what, and why."""


@dataclass(frozen=True)
class Address:
    """Where a model lies: `bucket`, and its `folder` there, which ends in models/<name>."""

    bucket: str
    folder: str

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Read s3://bucket/prefix/models/<name>/live, where the prefix may be empty.

        Raises:
            ValueError: it is something else.
        """
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        *prefix, models, name, live = ["", "", *key.split("/")]
        if not (uri.startswith("s3://") and bucket and (models, live) == ("models", LIVE) and NAME.fullmatch(name)):
            raise ValueError(f"{uri} is not s3://bucket/prefix/models/<name>/{LIVE}")
        return cls(bucket, "/".join([*prefix[2:], models, name]))

    def key(self, *parts: str) -> str:
        """Return the key of what `parts` name below the folder."""
        return "/".join([self.folder, *parts])

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.folder.rpartition("/")[2]

    @property
    def uri(self) -> str:
        """What MODEL_URI is for this model."""
        return f"s3://{self.bucket}/{self.key(LIVE)}"


@dataclass(frozen=True)
class Entry:
    """What became live at some time: a version, and the sha256 of its manifest. `id` tells one move from another."""

    id: str
    at: str  # UTC, ISO 8601
    action: str  # promote or rollback
    version: str
    manifest_sha256: str


def read_history(contents: bytes, address: Address) -> list[Entry]:
    """Return the history that the pointer of a model holds; the last entry is live.

    Raises:
        RegistryError: the pointer is damaged, or of another model.
    """
    place = address.uri
    document = _parse(contents, place, address.name)
    try:
        history = [Entry(**entry) for entry in document["history"]]
        is_whole = bool(history) and all(
            VERSION.fullmatch(entry.version) and SHA256.fullmatch(entry.manifest_sha256) for entry in history
        )
    except (KeyError, TypeError):
        is_whole = False
    if not is_whole:
        raise RegistryError(f"{place} is damaged: it holds no history of versions")
    return history


def read_manifest(contents: bytes, address: Address, version: str, sha256: str | None = None) -> dict[str, Any]:
    """Return the manifest of a version, which has this sha256 if one is given.

    Raises:
        RegistryError: the manifest is damaged, or not the one.
    """
    place = f"s3://{address.bucket}/{address.key(version, MANIFEST)}"
    if sha256 is not None:
        _check(contents, sha256, place)
    manifest = _parse(contents, place, address.name)
    files: Any = manifest.get("files")
    try:
        is_whole = (
            manifest["version"] == version
            and "model.json" in files
            and all(
                NAME.fullmatch(name) and SHA256.fullmatch(file["sha256"]) and file["size_bytes"] >= 0
                for name, file in files.items()
            )
        )  # a name with a slash would be written elsewhere than in the folder that it is fetched to
    except (AttributeError, KeyError, TypeError):
        is_whole = False
    if not is_whole:
        raise RegistryError(f"{place} is damaged: it is not the manifest of version {version}")
    return manifest


def check_file(contents: bytes, manifest: dict[str, Any], name: str) -> bytes:
    """Return the contents of a file of a version, if they are those that its manifest tells.

    Raises:
        RegistryError: they are others.
    """
    _check(contents, manifest["files"][name]["sha256"], f"{name} of version {manifest['version']}")
    return contents


def find_sha256(contents: bytes) -> str:
    """Return the sha256 as 64 hex digits."""
    return hashlib.sha256(contents).hexdigest()


def _check(contents: bytes, sha256: str, place: str) -> None:
    if (found := find_sha256(contents)) != sha256:
        raise RegistryError(f"{place} is damaged: its sha256 is {found}, not {sha256}")


def _parse(contents: bytes, place: str, name: str) -> dict[str, Any]:
    try:
        document = json.loads(contents)
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{place} is damaged: it is no JSON ({error})") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise RegistryError(f"{place} is not of format {FORMAT}; this code is older or newer than what wrote it")
    if document.get("name") != name:
        raise RegistryError(f"{place} is of another model: {document.get('name')!r}")
    return document
