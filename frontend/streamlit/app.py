"""The Streamlit page: predict, what-if, batch, the model and its API, all drawn from what the function says."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from about import show_model
from api import ApiError, ask
from batch import show_batch
from description import Description, adopt, describe
from form import ask_for_row, offer_examples, prepare, show_notice, typical_row
from link import write_link
from login import is_allowed
from panel import show_problem
from result import show_answer
from samples import show_samples
from settings import Settings, read_settings
from whatif import show_whatif
from words import literal

TABS = ["Predict", "What-if", "Batch", "Model", "API"]
READ_PX = 860  # lines longer than that are hard to read


def main() -> None:
    """Draw the page from top to bottom, as Streamlit does at every submit."""
    st.set_page_config(page_title="Prediction", layout="wide")
    try:
        settings = read_settings(os.environ)
    except ApiError as error:
        st.title("Prediction", anchor=False)
        show_problem(error, {})
        return
    if not is_allowed(settings.auth):
        return
    description, problem = describe(settings.api_url)
    if description is None:
        st.title("Prediction", anchor=False)
        show_problem(problem or ApiError("There is no form", [], ""), {})
        return
    prepare(description.fields, description.version)
    st.set_page_config(page_title=description.model["title"])
    st.title(literal(description.model["title"]), anchor=False)
    st.markdown(literal(purpose(description.model)))
    show_notice()
    if problem is not None:
        show_problem(problem, description.fields)
    show_tabs(settings, description, is_up=problem is None)


def purpose(model: dict[str, Any]) -> str:
    """Return the question that the page answers."""
    target = model["target"]
    if model["task"] == "regression":
        return f"How much is {target['name']}?"
    labels = [f"“{label}”" for label in target["labels"]]
    if model["task"] == "binary":
        return f"How likely is {labels[1]} rather than {labels[0]}?"
    return f"Which is it: {', '.join(labels)}?"


def show_tabs(settings: Settings, description: Description, *, is_up: bool) -> None:
    """Draw the tabs; only the open one asks the function, but what was typed into one is kept in every run."""
    tabs = dict(zip(TABS, st.tabs(TABS, key="tab", on_change="rerun"), strict=True))
    url, model, fields = settings.api_url, description.model, description.fields
    with tabs["Predict"]:
        left, right = st.columns([2, 3], gap="large")
        with left:
            offer_examples(description.schema, fields)
            row = ask_for_row(fields)
            show_link(row, fields)
        with right:
            if is_up and tabs["Predict"].open:
                predict(url, description, row)
            if model["caveats"]:
                caveats = "\n".join(f"- {literal(caveat)}" for caveat in model["caveats"])
                st.warning(caveats, title="Before you rely on this")
    with tabs["What-if"]:
        if is_up and tabs["What-if"].open:
            show_whatif(url, description, row)
    with tabs["Model"], st.container(width=READ_PX):
        if tabs["Model"].open:
            show_model(model, fields, f"{settings.public_url}/report" if description.has_report else None)
    with tabs["API"], st.container(width=READ_PX):
        if tabs["API"].open:
            show_samples(settings.public_url, row)
    with tabs["Batch"], st.container(width=READ_PX):  # last, since a long one holds up what comes after
        show_batch(url, description, row)


def predict(url: str, description: Description, row: dict[str, Any]) -> None:
    """Ask for a prediction and show it; a model that was replaced meanwhile has the page drawn anew, once."""
    try:
        with st.spinner("Asking the function"):
            answer = ask(url, "/predict?explain=true", row)
    except ApiError as error:
        if error.status == 422 and adopt(url, description.version):
            st.rerun()
        show_problem(error, description.fields)
        return
    if answer["model_version"] == description.version:
        show_answer(answer, row, description.model, description.fields)
    elif adopt(url, description.version):
        st.rerun()
    else:  # the function's instances do not agree
        details = [f"The function answered with model {answer['model_version']}, and describes {description.version}."]
        show_problem(ApiError("The model is being replaced", details, "Try again in a moment."), {})


def show_link(row: dict[str, Any], fields: dict[str, Any]) -> None:
    """Keep the row in the page's address, so that the address reproduces it, and offer it to copy."""
    link = write_link(row, fields)
    known = st.query_params.to_dict()
    if known != link and (known or row != typical_row(fields)):
        st.query_params.from_dict(link)
    if address := st.context.url:
        with st.popover("Link to this row", icon=":material/link:"):
            st.code(f"{address.partition('?')[0]}?{urlencode(link)}", language=None, wrap_lines=True)


main()
