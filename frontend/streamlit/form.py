"""The form: one widget per field of the schema, the typical row at first, and example rows one click away."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from link import FIRST_DAY, choices_of, fits, is_nullable, is_open, is_whole, read_link
from words import labelled, literal, shown

MOST_RADIO_CHOICES = 3
LAST_DAY = date(9999, 12, 31)
Field = Mapping[str, Any]
Fields = Mapping[str, Field]


def typical_row(fields: Fields) -> dict[str, Any]:
    """Return the row that the form has at first."""
    return {name: field["x-example"] for name, field in fields.items()}


def prepare(fields: Fields, version: str) -> None:
    """Fill the form at the start, from the page's address; after a change of model keep what still fits. Say which."""
    state = st.session_state
    if "form of" not in state:
        linked, wrong = read_link(st.query_params.to_dict(), fields)
        fill(typical_row(fields) | linked, fields)
        if wrong:
            tell("This link cannot be used in full", [*wrong, "The rest of the row is as linked, or typical."])
    elif state["form of"] != (version, fields):
        known = {name: _value(state[_key(name)], field) for name, field in fields.items() if _key(name) in state}
        kept = {name: value for name, value in known.items() if fits(value, fields[name])}
        fill(typical_row(fields) | kept, fields)
        reset = [field["x-label"] for name, field in fields.items() if name not in kept]
        typical = [f"Set to the typical value: {', '.join(reset)}."] if reset else []
        tell("The model has been replaced", ["The form is that of the new model; what still fits was kept.", *typical])
    state["form of"] = version, fields


def tell(title: str, sentences: list[str]) -> None:
    """Keep a notice, to be shown by `show_notice`."""
    st.session_state["notice"] = title, sentences


def show_notice() -> None:
    """Show the notice that was kept, once."""
    if notice := st.session_state.pop("notice", None):
        title, sentences = notice
        st.warning("\n\n".join(map(literal, sentences)), title=title)


def fill(row: Mapping[str, Any], fields: Fields) -> None:
    """Set the form's values; what a field cannot have is left as it is."""
    for name, value in row.items():
        if name in fields and fits(value, fields[name]):
            st.session_state[_key(name)] = _to_widget(value, fields[name])


def offer_examples(schema: Mapping[str, Any], fields: Fields) -> None:
    """Draw a button for each example row of the schema."""
    examples = [each for each in schema.get("x-examples") or [] if {"name", "row"} <= each.keys()]
    if not examples:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Examples", width="content")
        for number, example in enumerate(examples):
            st.button(literal(example["name"]), key=f"example {number}", on_click=fill, args=(example["row"], fields))


def ask_for_row(fields: Fields) -> dict[str, Any]:
    """Draw the form and return the row it held when last submitted."""
    with st.form("row"):
        row = {name: _value(ask_for_value(name, field), field) for name, field in fields.items()}
        with st.container(horizontal=True):
            st.form_submit_button("Predict", type="primary")
            st.form_submit_button("Reset to the typical row", on_click=fill, args=(typical_row(fields), fields))
    return row


def ask_for_value(name: str, field: Field) -> Any:
    """Draw the widget of one field and return what it holds; that is what `fill` put into the session."""
    label, key = literal(labelled(field)), _key(name)
    notes = [field["description"]] if field.get("description") else []
    if field.get("x-range"):
        low, high = map(shown, field["x-range"])
        notes.append(f"{low} to {high} in the data the model learned from.")
    if is_open(field):
        notes.append("Any other text may be typed; it counts as Other.")
    help_text = literal(" ".join(notes)) or None
    if choices_of(field):
        names = list(_names(field))
        if is_open(field) or len(names) > MOST_RADIO_CHOICES:
            return st.selectbox(label, names, key=key, help=help_text, accept_new_options=is_open(field))
        return st.radio(label, names, format_func=literal, key=key, help=help_text, horizontal=True)
    first: Any  # what a field that nothing was put into holds: nothing, if it may, and only then it can be emptied
    if field["x-kind"] == "date":
        first = None if is_nullable(field) else "today"
        return st.date_input(label, first, FIRST_DAY, LAST_DAY, key=key, help=help_text, format="YYYY-MM-DD")
    first = None if is_nullable(field) else "min"
    low, high = field["x-range"]
    step: Any = 1 if is_whole(field) else 10.0 ** math.floor(math.log10((high - low) / 50 or 1))
    return st.number_input(
        label,
        value=first,
        step=step,
        format="%d" if is_whole(field) else "%g",
        key=key,
        help=help_text,
        placeholder=shown(None) if is_nullable(field) else None,
    )


def _key(name: str) -> str:
    return f"field {name}"


def _names(field: Field) -> dict[str, Any]:
    """Return the choices by what a widget calls them; Streamlit tells options apart by that alone."""
    choices, found = choices_of(field), {}
    for choice in choices:
        name = shown(choice, field)
        while name != choice and name in choices:
            name = f"({name})"
        found[name] = choice
    return found


def _to_widget(value: Any, field: Field) -> Any:
    if choices_of(field):
        return next((name for name, choice in _names(field).items() if choice == value), value)
    if value is None:
        return None
    if field["x-kind"] == "date":
        return date.fromisoformat(value)
    return int(value) if is_whole(field) else float(value)


def _value(given: Any, field: Field) -> Any:
    if choices_of(field):
        return _names(field).get(given, given)
    return given.isoformat() if isinstance(given, date) else given
