"""The description: the function's schema and its model's card, kept for the session so that an outage loses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from api import ApiError, ask, has_report

CACHE_S = 60
KEY = "description"


@dataclass(frozen=True)
class Description:
    """What GET /schema and GET /model say, and whether there is a report on the model."""

    schema: dict[str, Any]
    model: dict[str, Any]
    has_report: bool

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a row by name, in the order of the form."""
        properties = self.schema["properties"]
        return dict(sorted(properties.items(), key=lambda item: int(item[1]["x-order"])))

    @property
    def version(self) -> str:
        """The model's."""
        return str(self.model["version"])


@st.cache_data(ttl=CACHE_S, show_spinner="Asking the function for its form")
def ask_description(url: str) -> Description:
    """Return the function's description, from this minute."""
    return Description(ask(url, "/schema"), ask(url, "/model"), has_report(url))


def describe(url: str) -> tuple[Description | None, ApiError | None]:
    """Return the description, in an outage the one last seen in this session, with what went wrong."""
    try:
        st.session_state[KEY] = ask_description(url)
    except ApiError as error:
        return st.session_state.get(KEY), error
    return st.session_state[KEY], None


def adopt(url: str, version: str) -> bool:
    """Ask for the description anew, and return whether it is now of a model of another version than `version`."""
    ask_description.clear()
    described, problem = describe(url)
    return problem is None and described is not None and described.version != version
