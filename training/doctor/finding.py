"""A finding: one thing that was looked at, whether it is well, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How it is: well, worth knowing, wrong, or not to be seen."""

    PASS = "PASS"  # noqa: S105 (no password)  # nosec B105
    NOTE = "NOTE"
    FAIL = "FAIL"
    SKIP = "SKIP"


@dataclass(frozen=True)
class Finding:
    """What was found of `name`, and its cure, both in words; a cure that is a command stands at the end."""

    outcome: Outcome
    name: str
    words: str
    cure: str = ""

    @property
    def sentence(self) -> str:
        """The words with the cure, on one line."""
        return " ".join("; ".join(filter(None, (self.words.rstrip("."), self.cure))).split())


def look(name: str, check: Callable[..., Iterable[Finding]], *arguments: Any) -> Iterator[Finding]:
    """Yield what a check finds; where AWS does not answer it, that is the finding."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield from check(*arguments)
    except (BotoCoreError, ClientError) as error:
        yield tell_unseen(name, error)


def tell_unseen(name: str, error: Exception) -> Finding:
    """Return the finding that AWS, or boto3, did not answer."""
    from botocore.exceptions import ClientError

    if not isinstance(error, ClientError):
        return Finding(Outcome.SKIP, name, f"not seen: {error}")
    code = error.response["Error"]["Code"]
    cure = "allow the caller that, or ask as another" if "Denied" in code or "Unauthorized" in code else ""
    return Finding(Outcome.SKIP, name, f"not seen: {error.operation_name} was answered with {code}", cure)
