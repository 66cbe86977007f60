"""The bucket: the few calls of S3 that the registry is made of, each of which does all or nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from predict.registry import find_sha256
from training.errors import InputError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DENIED = "the credentials do not allow it; docs/registry.md lists the rights that are needed"
BUSY = "S3 asked to slow down, time and again; try once more later"
FAILED = "S3 failed, time and again; try once more later"
REASONS = {
    "NoSuchBucket": "there is no such bucket; make it, or name another by --registry or MODEL_REGISTRY",
    **dict.fromkeys(("AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"), DENIED),
    **dict.fromkeys(("SlowDown", "503", "ServiceUnavailable", "Throttling", "RequestLimitExceeded"), BUSY),
    **dict.fromkeys(("InternalError", "500"), FAILED),
    "NoCredentialsError": "there are no credentials; set AWS_PROFILE, or what else boto3 looks for",
    **dict.fromkeys(("IncompleteReadError", "ResponseStreamingError"), "the answer was cut short; try again"),
    "FlexibleChecksumError": "the answer was damaged on its way; try again",
}
ABSENT = ("NoSuchKey", "404")
LOST = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409", *ABSENT)  # of a conditional write


@dataclass(frozen=True)
class Stored:
    """What S3 says of an object without sending it; `sha256` as it was checked at the upload, None if it was not."""

    size_bytes: int
    sha256: str | None


class Bucket:
    """A bucket of S3. What fails beyond the client's own retries is told in one sentence, as InputError."""

    def __init__(self, client: S3Client, name: str) -> None:
        """Take the bucket `name`."""
        self.client, self.name = client, name

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return the contents of an object and its ETag; None if there is none."""
        with self._told(key, "read"):
            answer = _or_none(lambda: self.client.get_object(Bucket=self.name, Key=key))
            return None if answer is None else (answer["Body"].read(), answer["ETag"])

    def look(self, key: str) -> Stored | None:
        """Return the size and the sha256 of an object; None if there is none."""
        with self._told(key, "read"):
            answer = _or_none(lambda: self.client.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED"))
        if answer is None:
            return None
        checksum = answer.get("ChecksumSHA256")
        return Stored(answer["ContentLength"], base64.b64decode(checksum).hex() if checksum else None)

    def write(self, key: str, contents: bytes, media_type: str, etag: str | None = None) -> bool:
        """Write an object in place of the one with this ETag, or where there is none; return whether that was so.

        S3 checks that what it receives has the sha256 of `contents`. After False there may be what this very call
        wrote: an answer that is lost makes the client try again.
        """
        from botocore.exceptions import ClientError

        condition: Any = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        checksum = base64.b64encode(bytes.fromhex(find_sha256(contents))).decode()
        with self._told(key, "written"):
            try:
                self.client.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=contents,
                    ContentType=media_type,
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=checksum,
                    **condition,
                )
            except ClientError as error:
                if error.response["Error"]["Code"] in LOST:
                    return False
                raise
        return True

    def folders(self, prefix: str) -> list[str]:
        """Return the folders right below `prefix`; all end in /."""
        with self._told(prefix, "listed"):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=prefix, Delimiter="/"
            )
            return [folder["Prefix"] for page in pages for folder in page.get("CommonPrefixes", ())]

    @contextmanager
    def _told(self, key: str, done: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        try:
            yield
        except ClientError as error:
            answer = error.response["Error"]
            reason = REASONS.get(answer["Code"], f"{answer['Code']}: {answer.get('Message')}")
        except (BotoCoreError, HTTPError, OSError) as error:
            reason = REASONS.get(type(error).__name__, " ".join(str(error).split()))
        else:
            return
        raise InputError(f"s3://{self.name}/{key} cannot be {done}: {reason}") from None


def _or_none(call: Any) -> Any:
    """Return what a call returns, None where there is no such object."""
    from botocore.exceptions import ClientError

    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return None
        raise
