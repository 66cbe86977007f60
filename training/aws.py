"""AWS, or what speaks its language: the one place where boto3's clients are made."""

from __future__ import annotations

from typing import Any


def make_client(service: str, endpoint_url: str | None = None) -> Any:
    """Return a client of a service, such as "s3"; boto3 itself reads AWS_ENDPOINT_URL, where no endpoint is given."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client(service, endpoint_url=endpoint_url, config=config)  # type: ignore[call-overload]
