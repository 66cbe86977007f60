"""Buckets of S3 with all that is in them: what they hold, and how they become empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from predict.aws import make_client

MOST_DELETED = 1_000  # objects that S3 deletes in one call


class BucketError(Exception):
    """A bucket cannot be emptied; the message says what is left."""


@dataclass(frozen=True)
class Contents:
    """How much lies in a bucket, old versions included, for which S3 is paid all the same."""

    objects: int
    size_bytes: int


def measure(bucket: str) -> Contents:
    """Return how much lies in a bucket."""
    sizes = [version.get("Size", 0) for version in versions_of(bucket)]
    return Contents(len(sizes), sum(sizes))


def empty(bucket: str, prefix: str = "") -> int:
    """Delete every version of every object whose key begins with `prefix`; return how many there were.

    Raises:
        BucketError: S3 has not deleted one of them.
    """
    client = make_client("s3")
    found = [{name: version[name] for name in ("Key", "VersionId")} for version in versions_of(bucket, prefix)]
    for start in range(0, len(found), MOST_DELETED):
        batch = {"Objects": found[start : start + MOST_DELETED], "Quiet": True}
        for error in client.delete_objects(Bucket=bucket, Delete=batch).get("Errors", ()):
            raise BucketError(f"s3://{bucket}/{error['Key']} cannot be deleted: {error['Code']}: {error['Message']}")
    return len(found)


def delete(bucket: str) -> None:
    """Delete a bucket with all that is in it; raises as `empty` does."""
    empty(bucket)
    make_client("s3").delete_bucket(Bucket=bucket)


def find(prefix: str, region: str) -> list[str]:
    """Return the names of the account's buckets in a region that begin with `prefix`."""
    pages = make_client("s3").get_paginator("list_buckets").paginate(Prefix=prefix, BucketRegion=region)
    return [bucket["Name"] for page in pages for bucket in page["Buckets"]]


def versions_of(bucket: str, prefix: str = "") -> Iterator[dict[str, Any]]:
    """Yield each version, and each mark that something was deleted, as S3 lists them."""
    for page in make_client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Versions", ())
        yield from page.get("DeleteMarkers", ())
