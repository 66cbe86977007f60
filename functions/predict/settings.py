"""The function's settings: environment variables, read once and checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from predict.registry import Address

PACKAGED_MODEL = Path(__file__).with_name("model.json")


class SettingsError(Exception):
    """An environment variable has a value that cannot be used; the message names both and the cure."""


@dataclass(frozen=True)
class Settings:
    """What the function reads from its environment, each field from the variable of its name.

    `model_path`, from MODEL_URI, is the packaged model by default. Where that is in S3, `registry` tells where the live
    model lies, for which the packaged one stands in, and each `refresh_s` it is asked whether another is live. A body
    of `max_body_bytes` fits Lambda's 6 MB payload even as base64. `log_inputs` writes what was sent into the log.
    `allowed_origins` are answered with CORS headers, which whatever is in front has to leave out then. `base_path` is a
    prefix that a proxy in front of Lambda leaves in the path; servers have an option of their own for it, such as
    uvicorn's --root-path.
    """

    model_path: Path = PACKAGED_MODEL
    registry: Address | None = None
    refresh_s: int = 60
    max_body_bytes: int = 4_000_000
    max_batch_rows: int = 10_000
    log_inputs: bool = False
    allowed_origins: tuple[str, ...] = ()
    base_path: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings; an empty variable counts as not set.

        Raises:
            SettingsError: a variable has a value that cannot be used.
        """
        given: dict[str, Any] = {
            name: read(variable, environment[variable])
            for name, (variable, read) in _VARIABLES.items()
            if environment.get(variable)
        }
        return cls(**given)


def _model_path(variable: str, uri: str) -> Path:
    if uri.startswith(("file:///", "file://localhost/")):
        return Path(unquote(urlsplit(uri).path))
    if uri.startswith("s3://"):
        return PACKAGED_MODEL
    if "://" in uri:
        raise SettingsError(
            f"{variable}={uri} cannot be used: give the path or the file:// URI of a model.json, or "
            "s3://bucket/prefix/models/<name>/live"
        )
    return Path(uri)


def _registry(variable: str, uri: str) -> Address | None:
    if not uri.startswith("s3://"):
        return None
    from predict.registry import Address  # not needed for a packaged model

    try:
        return Address.parse(uri)
    except ValueError:
        raise SettingsError(
            f"{variable}={uri} cannot be used: give s3://bucket/prefix/models/<name>/live; the prefix may be left out"
        ) from None


def _count(variable: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text)):
        raise SettingsError(f"{variable}={text} cannot be used: give a whole number from 1 on")
    return int(text)


def _switch(variable: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise SettingsError(f"{variable}={text} cannot be used: give 1 or 0")
    return text == "1"


def _origins(variable: str, text: str) -> tuple[str, ...]:
    origins = tuple(text.replace(",", " ").split())
    for origin in origins:
        parts = urlsplit(origin)
        if origin != "*" and not (parts.scheme in ("http", "https") and origin == f"{parts.scheme}://{parts.netloc}"):
            raise SettingsError(
                f"{variable}={text} cannot be used: {origin} is no origin; give * or such as https://example.com, "
                "without a path, separated by commas"
            )
    return origins


def _path(variable: str, text: str) -> str:
    if not text.startswith("/") or text.endswith("/") or "//" in text or any(sign in text for sign in "?# "):
        raise SettingsError(f"{variable}={text} cannot be used: give a path such as /api, with no slash at its end")
    return text


_VARIABLES = {
    "model_path": ("MODEL_URI", _model_path),
    "registry": ("MODEL_URI", _registry),
    "refresh_s": ("MODEL_REFRESH_S", _count),
    "max_body_bytes": ("MAX_BODY_BYTES", _count),
    "max_batch_rows": ("MAX_BATCH_ROWS", _count),
    "log_inputs": ("LOG_INPUTS", _switch),
    "allowed_origins": ("ALLOWED_ORIGINS", _origins),
    "base_path": ("BASE_PATH", _path),
}
