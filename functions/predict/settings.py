"""The function's settings: environment variables, read once and checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

PACKAGED_MODEL = Path(__file__).with_name("model.json")


class SettingsError(Exception):
    """An environment variable has a value that cannot be used; the message names both and the cure."""


@dataclass(frozen=True)
class Settings:
    """What the function reads from its environment: `model_path`, from MODEL_URI (default: the packaged model)."""

    model_path: Path = PACKAGED_MODEL

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings.

        Raises:
            SettingsError: MODEL_URI is neither a path nor a file:// URI.
        """
        uri = environment.get("MODEL_URI", "")
        if not uri:
            return cls()
        if uri.startswith(("file:///", "file://localhost/")):
            return cls(Path(unquote(urlsplit(uri).path)))
        if "://" in uri:
            raise SettingsError(f"MODEL_URI={uri} cannot be used: give the path or the file:// URI of a model.json")
        return cls(Path(uri))
