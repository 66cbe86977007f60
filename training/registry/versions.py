"""The versions of a model: published once, never changed, read with every byte checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from predict.aws import make_client
from predict.registry import MANIFEST, NAME, VERSION, Address, RegistryError, check_file, find_sha256, read_manifest
from training.errors import InputError
from training.registry.bucket import Bucket
from training.registry.manifest import MEDIA_TYPES, render


@dataclass(frozen=True)
class Registered:
    """A model in the registry: where its versions lie."""

    bucket: Bucket
    address: Address

    @classmethod
    def open(cls, registry: str, name: str) -> Registered:
        """Return the model `name` of the registry at s3://bucket/prefix.

        Raises:
            InputError: that is no such address, or no such name, or boto3 is set to what there is not.
        """
        bucket, _, prefix = registry.removeprefix("s3://").strip("/").partition("/")
        if not registry.startswith("s3://") or not bucket or "" in prefix.split("/")[1:]:
            raise InputError(f"the registry {registry!r} cannot be used: s3://bucket/prefix is expected")
        if not NAME.fullmatch(name):
            raise InputError(f"the name {name!r} cannot be used: letters, digits, hyphens, dots and underscores are")
        from botocore.exceptions import BotoCoreError

        folder = "/".join(filter(None, (prefix, "models", name)))
        try:
            client = make_client("s3")
        except (BotoCoreError, ValueError) as error:
            raise InputError(f"{registry} cannot be asked: {error}; see AWS_PROFILE, AWS_ENDPOINT_URL") from None
        return cls(Bucket(client, bucket), Address(bucket, folder))


def publish(model: Registered, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> bool:
    """Write the files of a version, its manifest last; return False if all of it was there already.

    Raises:
        InputError: there is something else under this version, or S3 fails; then a version whose manifest has not been
            written does not exist, and publishing again goes on where this ended.
    """
    for name, contents in files.items():
        _write_once(model, manifest["version"], name, contents, MEDIA_TYPES[name])
    return _write_once(model, manifest["version"], MANIFEST, render(manifest), "application/json")


def _write_once(model: Registered, version: str, name: str, contents: bytes, media_type: str) -> bool:
    key = model.address.key(version, name)
    if model.bucket.write(key, contents, media_type):
        return True
    there = model.bucket.look(key)
    if there is None:
        raise InputError(f"s3://{model.bucket.name}/{key} was not written: others wrote it at the same time; try again")
    if (there.size_bytes, there.sha256) != (len(contents), find_sha256(contents)):
        raise InputError(
            f"s3://{model.bucket.name}/{key} is there already, with other contents: a version never changes. Another "
            "machine or library may have written the same model in other bytes; `fetch` the version that is there, or "
            "publish under another prefix"
        )
    return False


def find_manifest(model: Registered, version: str, sha256: str | None = None) -> tuple[dict[str, Any], str]:
    """Return the manifest of a version, and its sha256, which is this one if one is given.

    Raises:
        InputError: there is no such version, or its manifest is damaged.
    """
    if not VERSION.fullmatch(version):
        raise InputError(f"{version!r} is no version: 12 digits and letters a to f are expected, as `list` shows them")
    found = model.bucket.read(model.address.key(version, MANIFEST))
    if found is None:
        raise InputError(f"there is no version {version} of {model.address.name}; `list` shows those that are there")
    try:
        return read_manifest(found[0], model.address, version, sha256), find_sha256(found[0])
    except RegistryError as error:
        raise InputError(str(error)) from None


def check_files(model: Registered, manifest: Mapping[str, Any]) -> None:
    """See that every file of a version is there, as long as its manifest tells and with the sha256 that S3 checked.

    Raises:
        InputError: one is not.
    """
    for name, told in manifest["files"].items():
        key = model.address.key(manifest["version"], name)
        there = model.bucket.look(key)
        if there is None or there.size_bytes != told["size_bytes"] or there.sha256 not in (None, told["sha256"]):
            what = "is not there" if there is None else "is not what its manifest tells"
            raise InputError(f"s3://{model.bucket.name}/{key} {what}; publish this version again under another prefix")


def read_files(model: Registered, manifest: dict[str, Any]) -> dict[str, bytes]:
    """Return the contents of every file of a version, checked.

    Raises:
        InputError: one is not there, or not what its manifest tells.
    """
    files = {}
    for name in manifest["files"]:
        key = model.address.key(manifest["version"], name)
        found = model.bucket.read(key)
        if found is None:
            raise InputError(f"s3://{model.bucket.name}/{key} is not there, although its manifest names it")
        try:
            files[name] = check_file(found[0], manifest, name)
        except RegistryError as error:
            raise InputError(str(error)) from None
    return files
