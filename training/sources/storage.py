"""Storage: objects of S3, or of what speaks its language."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

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
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not bucket or not PurePosixPath(key).name:
        raise InputError(f"{uri} cannot be read: s3://bucket/key is expected")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PurePosixPath(key).name
        try:
            body = make_client("s3").get_object(Bucket=bucket, Key=key)["Body"]
            with path.open("wb") as file:
                shutil.copyfileobj(body, file)
        except ClientError as error:
            answer = error.response["Error"]
            raise InputError(f"{uri} cannot be read: {CURES.get(answer['Code'], answer.get('Message'))}") from None
        except (BotoCoreError, OSError) as error:
            raise InputError(f"{uri} cannot be read: {error}") from None
        yield path
