"""The Streamlit page: a form drawn from the function's schema, and the function's answer in words and as a picture."""

from __future__ import annotations

import math
import os
from typing import Any

import altair as alt
import pandas  # noqa: F401 - else Altair meets it half imported: Streamlit imports it in another thread
import streamlit as st

from api import ApiError, api_url, ask, find_report
from words import denominator, in_words, literal, number, percent

CACHE_S = 60
MOST_RADIO_CHOICES = 3
MOST_IN_A_BROWSER = 2**53  # whole numbers up to here are exact in JavaScript; Streamlit refuses larger ones


@st.cache_data(ttl=CACHE_S, show_spinner="Asking the function for its form")
def describe(url: str) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """Return what GET /schema and GET /model say, and the address of the report on the model if there is one."""
    return ask(url, "/schema"), ask(url, "/model"), find_report(url)


def main() -> None:
    """Draw the page from top to bottom, as Streamlit does at every submit."""
    st.set_page_config(page_title="Prediction", layout="wide")
    problem: ApiError | None = None
    try:
        url = api_url(os.environ)
        # What was last known is kept for the session: without it the form, and what was typed, would go in an outage.
        st.session_state["description"] = describe(url)
    except ApiError as error:
        problem = error
        if "description" not in st.session_state:
            st.title("Prediction", anchor=False)
            show_problem(error, {})
            return
    schema, model, report = st.session_state["description"]
    st.set_page_config(page_title=model["title"])
    st.title(literal(model["title"]), anchor=False)
    if report:
        st.link_button("How good is this model? Read the report", report)
    left, right = st.columns([2, 3], gap="large")
    with left:
        row = ask_for_row(schema)
    with right:
        if problem is None:
            try:
                answer = ask(url, "/predict", row)
                if answer["model_version"] != model["version"]:  # its labels would be those of the model before
                    raise ApiError("The model has been replaced", [], "Retry reads its form.")
                show_answer(answer, model)
            except ApiError as error:
                problem = error
                describe.clear()  # the schema may have changed
        if problem is not None:
            show_problem(problem, schema["properties"])
        caveats = "\n".join(f"- {literal(caveat)}" for caveat in model["caveats"])
        if caveats:
            st.warning(caveats, title="Before you rely on this")


def ask_for_row(schema: dict[str, Any]) -> dict[str, Any]:
    """Draw the form and return the row it held when last submitted, at first the typical one."""
    fields = sorted(schema["properties"].items(), key=lambda item: item[1]["x-order"])
    with st.form("row"):
        row = {name: ask_for_value(name, field) for name, field in fields}
        st.form_submit_button("Predict", type="primary", width="stretch")
    return row


def ask_for_value(name: str, field: dict[str, Any]) -> Any:
    """Draw the widget of one field and return its value."""
    label = literal(f"{field['x-label']} ({field['x-unit']})" if field.get("x-unit") else field["x-label"])
    notes = [field["description"]] if field.get("description") else []
    key, example = f"field {name}", field["x-example"]
    if field["x-kind"] == "number":
        low, high = field["x-range"]
        notes.append(f"{low:,.10g} to {high:,.10g} in the data the model learned from.")
        whole = field["x-step"] == 1 and max(abs(low), abs(high)) < MOST_IN_A_BROWSER
        return st.number_input(
            label,
            value=int(example) if whole else float(example),
            step=1 if whole else 10.0 ** math.floor(math.log10((high - low) / 50 or 1)),
            format="%d" if whole else "%g",
            key=key,
            help=literal(" ".join(notes)),
        )
    choices, help_text = field["enum"], literal(" ".join(notes)) or None
    first = choices.index(example)
    if len(choices) <= MOST_RADIO_CHOICES:
        return st.radio(
            label,
            choices,
            first,
            format_func=lambda choice: literal(shown(choice)),
            key=key,
            help=help_text,
            horizontal=True,
        )
    return st.selectbox(label, choices, first, format_func=shown, key=key, help=help_text)


def shown(choice: str | None) -> str:
    """Return a choice as people read it; null stands for a missing value."""
    return "Not known" if choice is None else choice


def show_answer(answer: dict[str, Any], model: dict[str, Any]) -> None:
    """Show one prediction."""
    if model["task"] == "regression":
        show_value(answer, model)
    else:
        show_chance(answer, model)


def show_chance(answer: dict[str, Any], model: dict[str, Any]) -> None:
    """Show the positive class of two, or the likeliest of several: in words, as figures, as a picture."""
    is_binary, label = model["task"] == "binary", answer["label"]
    shown = str(model["target"]["labels"][1] if is_binary else label)
    probability, base_rate = answer["probability"], answer["base_rate"]
    of = denominator(probability, base_rate)
    words = in_words(probability, base_rate)
    st.subheader(f"{literal(shown)}: {words}", anchor=False)
    difference = probability - base_rate
    with st.container(horizontal=True):
        st.metric(
            "This answer",
            percent(probability, of),
            percent(difference, of).replace(" %", " points"),
            delta_color="off",
            delta_arrow="auto" if difference else "off",
            delta_description="against what is usual",
        )
        st.metric("Usual", percent(base_rate, of), help="The share among the rows that the model learned from.")
    st.altair_chart(picture(probability, base_rate, of), alt=f"Bars of both probabilities. {shown}: {words}.")
    if is_binary:
        said = f"The likelier class is {literal(label)} ({percent(answer['probabilities'][label], of)})."
    else:
        by_share = sorted(answer["probabilities"].items(), key=lambda item: -item[1])
        said = "Of all classes: " + ", ".join(f"{literal(name)} {percent(share, of)}" for name, share in by_share) + "."
    st.caption(f"{said} Model version {literal(answer['model_version'])}.")


def show_value(answer: dict[str, Any], model: dict[str, Any]) -> None:
    """Show a prediction of a number, with how far off such predictions typically are."""
    error = answer["typical_error"]
    value, usual, off = (number(answer[key], error) for key in ("value", "base_value", "typical_error"))
    st.subheader(f"{literal(model['target']['name'])}: {value}, where {usual} is usual", anchor=False)
    with st.container(horizontal=True):
        st.metric("This answer", value)
        st.metric("Typical error", off, help="The mean distance from the true values of rows held out of training.")
        st.metric("Usual", usual, help="The mean of the rows that the model learned from.")
    st.caption(f"Model version {literal(answer['model_version'])}.")


def picture(probability: float, base_rate: float, of: int) -> alt.Chart:
    """Return two bars from zero: this answer, and what is usual."""
    shares = {"This answer": probability, "Usual": base_rate}
    values = [{"bar": f"{name}, {percent(share, of)}", "share": share} for name, share in shares.items()]
    chart: alt.Chart = (
        alt.Chart({"values": values}, height=130)
        .mark_bar(height=28)
        .encode(
            y=alt.Y(
                "bar:N",
                sort=None,
                title=None,
                axis=alt.Axis(ticks=False, domain=False, labelFontSize=14, labelLimit=240),
            ),
            x=alt.X("share:Q", title=None, axis=alt.Axis(format="~%", tickCount=5), scale=alt.Scale(domainMin=0)),
            color=alt.Color("bar:N", sort=None, legend=None, scale=alt.Scale(range=["#2f74c0", "#9aa3af"])),
        )
    )
    return chart


def show_problem(problem: ApiError, fields: dict[str, Any]) -> None:
    """Show what happened and what to do, and offer to try again: every run of the page tries."""
    labels = {name: field["x-label"] for name, field in fields.items()}
    wrong = [f"{labels.get(name, name) or 'The row'}: {message}" for name, message in problem.fields]
    bullets = "\n".join(f"- {literal(line)}" for line in wrong)
    paragraphs = [*map(literal, problem.details), bullets, literal(problem.cure)]
    st.error("\n\n".join(filter(None, paragraphs)), title=problem.title)
    st.button("Retry", key="retry")


main()
