"""The login: asked for before anything is shown, but only where secrets.toml has an [auth] section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAuthError

from words import literal


def is_allowed(auth: Mapping[str, Any]) -> bool:
    """Return whether the reader may see the page; if not, ask for a login, of one provider or of several by name."""
    if not auth:
        return True
    if st.user.get("is_logged_in"):
        with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            st.caption(literal(st.user.get("email") or st.user.get("name") or "Logged in"))
            st.button("Log out", on_click=st.logout, type="tertiary")
        return True
    st.title("Log in to see this page", anchor=False)
    providers: list[str | None] = [
        name for name, section in auth.items() if isinstance(section, Mapping) and name != "client_kwargs"
    ]
    for provider in providers or [None]:
        if st.button(f"Log in with {literal(provider)}" if provider else "Log in", type="primary"):
            _log_in(provider)
    return False


def _log_in(provider: str | None) -> None:
    try:
        st.login(provider)
    except StreamlitAuthError as error:
        text = f"{literal(error)}\n\nSee docs/streamlit.md for what a login needs, and start the page anew."
        st.error(text, title="The login is not set up")
