"""Storage: objects of S3, or of what speaks its language."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from uuid import uuid4

from predict.aws import make_client
from training.errors import InputError

CURES = {
    "NoSuchBucket": "there is no such bucket",
    "NoSuchKey": "the bucket has no such key",
    "AccessDenied": "the credentials do not allow it",
}


@contextmanager
def fetch(uri: str) -> Iterator[Path]:
    """Yield a temporary copy, on disk, of the object at `uri`, s3://bucket/key, under the last part of its key.

    Raises:
        InputError: there is no such object, or it cannot be had: no credentials, no rights, no answer.
    """
    bucket, key = _split(uri)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PurePosixPath(key).name
        with _told(uri), path.open("wb") as file:
            shutil.copyfileobj(make_client("s3").get_object(Bucket=bucket, Key=key)["Body"], file)
        yield path


def is_pattern(source: str) -> bool:
    """Return whether a path or key has a sign by which it may match several; a bracket is none that is not closed."""
    return re.search(r"[*?]|\[.[^]]*\]", source) is not None


def list_objects(uri: str) -> list[str]:
    """Return the URIs of the objects whose keys the pattern `uri` matches, in their order; a * stays in its folder.

    An object that has `uri` itself for its key is the only one: brackets can be a name's own.

    Raises:
        InputError: there is no such bucket, or it may not be listed.
    """
    bucket, pattern = _split(uri)
    prefix = re.split(r"[*?[]", pattern)[0]
    depth = pattern.count("/")
    with _told(uri):
        pages = make_client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    if pattern in keys:
        return [uri]
    return sorted(f"s3://{bucket}/{key}" for key in keys if key.count("/") == depth and fnmatchcase(key, pattern))


def identify(part: str) -> str:
    """Return what changes when the file or object `part` does: size and time, or what S3 has for that.

    Of a file that is not seen from here, it changes each time.

    Raises:
        InputError: there is no such object.
    """
    if part.startswith("s3://"):
        bucket, key = _split(part)
        with _told(part):
            return str(make_client("s3").head_object(Bucket=bucket, Key=key)["ETag"])
    path = Path(part)
    return f"{path.stat().st_size} {path.stat().st_mtime_ns}" if path.exists() else uuid4().hex


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not bucket or not PurePosixPath(key).name:
        raise InputError(f"{uri} cannot be read: s3://bucket/key is expected")
    return bucket, key


@contextmanager
def _told(uri: str) -> Iterator[None]:
    """Say in a sentence why storage does not give what is asked."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        answer = error.response["Error"]
        raise InputError(f"{uri} cannot be read: {CURES.get(answer['Code'], answer.get('Message'))}") from None
    except (BotoCoreError, OSError) as error:
        raise InputError(f"{uri} cannot be read: {error}") from None
