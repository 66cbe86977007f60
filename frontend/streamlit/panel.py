"""The panel: what went wrong, why, and what to do, with a retry."""

from __future__ import annotations

from typing import Any

import streamlit as st

from api import ApiError
from description import ask_description
from words import literal


def show_problem(problem: ApiError, fields: dict[str, Any], key: str = "retry") -> bool:
    """Show what happened and what to do, and return whether Retry was pressed, which has the form read anew.

    Every run of the page tries again.
    """
    labels = {name: field["x-label"] for name, field in fields.items()}
    wrong = [f"{labels.get(name, name) or 'The row'}: {message}" for name, message in problem.fields]
    bullets = "\n".join(f"- {literal(line)}" for line in wrong)
    paragraphs = [*map(literal, problem.details), bullets, literal(problem.cure)]
    st.error("\n\n".join(filter(None, paragraphs)), title=problem.title)
    return st.button("Retry", key=key, on_click=ask_description.clear)
