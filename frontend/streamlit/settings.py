"""The settings: where the function is, and whether to log in, from the environment and Streamlit's secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from api import DEFAULT_URL, ApiError, check_url


@dataclass(frozen=True)
class Settings:
    """`api_url` is where the page finds the function, `public_url` where its readers do; `auth` asks for a login."""

    api_url: str = DEFAULT_URL
    public_url: str = DEFAULT_URL
    auth: Mapping[str, Any] = field(default_factory=dict)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings; what secrets.toml says counts, before the environment, which Streamlit puts it into anyway.

    Raises:
        ApiError: an address is none, or secrets.toml cannot be read.
    """
    secrets = _read_secrets()
    api_url, public_url = (
        str(secrets.get(name) or environment.get(name) or "") for name in ("API_URL", "PUBLIC_API_URL")
    )
    api_url = check_url("API_URL", api_url or DEFAULT_URL)
    public_url = check_url("PUBLIC_API_URL", public_url) if public_url else api_url
    return Settings(api_url, public_url, secrets.get("auth") or {})


def _read_secrets() -> Mapping[str, Any]:
    """Return the secrets, none where there is no file. One that cannot be read might ask for a login: it stops all."""
    try:
        return st.secrets.to_dict()
    except StreamlitSecretNotFoundError as error:
        if not any(Path(path).exists() for path in st.get_option("secrets.files")):
            return {}
        cure = "Correct the file, see docs/streamlit.md, and start the page anew."
        raise ApiError("secrets.toml cannot be read", [str(error)], cure) from None
