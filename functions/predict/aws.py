"""AWS, or what speaks its language: the one place where boto3's clients are made."""

from __future__ import annotations

from typing import Any


def make_client(
    service: str, endpoint_url: str | None = None, *, connect_s: int = 5, read_s: int = 60, attempts: int = 2
) -> Any:
    """Return a client of a service, such as "s3"; boto3 itself reads AWS_ENDPOINT_URL, where no endpoint is given.

    Args:
        service: as boto3 names it.
        endpoint_url: where to ask instead.
        connect_s: seconds that a connection may take.
        read_s: seconds that each part of an answer may take.
        attempts: in all, at what may succeed another time.

    Raises:
        ModuleNotFoundError: there is no boto3, which Lambda's runtime has, and other places may not.
    """
    import boto3
    from botocore.config import Config

    retries: Any = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(connect_timeout=connect_s, read_timeout=read_s, retries=retries)
    # a session of its own: boto3's default one keeps the credentials that it found first
    return boto3.Session().client(service, endpoint_url=endpoint_url, config=config)  # type: ignore[call-overload]
