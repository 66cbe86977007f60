"""What-if: the prediction over the values of one field, the others held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import streamlit as st

from api import ApiError, ask
from course import draw
from description import Description
from link import choices_of, is_nullable, is_whole
from panel import show_problem
from words import literal, shown

POINTS = 40
MOST_CHOICES = 60  # drawn: more bars are no picture


@st.fragment
def show_whatif(url: str, description: Description, row: Mapping[str, Any]) -> None:
    """Ask which field to vary and draw the prediction over its values; a change of field runs this part only."""
    fields = description.fields
    st.header("What if one field were different?", anchor=False)
    left, right = st.columns([2, 3], gap="large")
    labels = [field["x-label"] for field in fields.values()]
    name = left.selectbox(
        "Vary",
        fields,
        format_func=lambda name: _title(name, fields[name]["x-label"], labels),
        key="whatif",
        help="The other fields stay as they are on the first tab.",
    )
    with left:
        others = {other: value for other, value in row.items() if other != name}
        held = [f"{fields[other]['x-label']}: {shown(value, fields[other])}" for other, value in others.items()]
        st.caption("Held as they are:\n" + "\n".join(f"- {literal(line)}" for line in held) if held else "")
        st.caption("This is what the model says, not what would happen if the field were changed in life.")
    with right:
        try:
            found = ask_over(url, description, row, name)
        except ApiError as error:
            if show_problem(error, fields, "retry what-if"):
                st.rerun()  # of the whole page: the model may have been replaced
            return
        if not found:
            st.warning("The function has no answer for any of these values.")
            return
        draw(found, fields[name], row[name], description.model)


def ask_over(
    url: str, description: Description, row: Mapping[str, Any], name: str
) -> list[tuple[Any, Mapping[str, Any]]]:
    """Return the answer for each value of a field that has one.

    Raises:
        ApiError: there is no answer, or another model's.
    """
    values = spread(description.fields[name], row[name])
    with st.spinner("Asking the function"):
        answer = ask(url, "/predict/batch", [{**row, name: value} for value in values])
    if answer["model_version"] != description.version:
        raise ApiError("The model has been replaced", [], "Retry reads its form.")
    answers = zip(values, answer["results"], strict=True)
    return [(value, result) for value, result in answers if "problem" not in result]


def spread(field: Mapping[str, Any], current: Any) -> list[Any]:
    """Return the values of a field to ask for: choices, or about 40 over its range, and the current one."""
    if choices := choices_of(field):
        drawn = choices[:MOST_CHOICES]
        return drawn if current in drawn else [*drawn, current]
    points = (_days if field["x-kind"] == "date" else _numbers)(field) | {current}
    return sorted(points - {None}) + ([None] if is_nullable(field) else [])


def _title(name: str, label: str, labels: list[str]) -> str:
    """Return a field's label, with its name where others have that label, too."""
    return f"{label} ({name})" if labels.count(label) > 1 else label


def _days(field: Mapping[str, Any]) -> set[Any]:
    first, last = map(date.fromisoformat, field["x-range"])
    return {(first + timedelta((last - first).days * step // (POINTS - 1))).isoformat() for step in range(POINTS)}


def _numbers(field: Mapping[str, Any]) -> set[Any]:
    low, high = field["x-range"]
    points = {low + (high - low) * step / (POINTS - 1) for step in range(POINTS)}
    return {round(point) for point in points} if is_whole(field) else points
