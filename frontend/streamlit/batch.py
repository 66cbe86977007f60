"""Batch: a CSV uploaded, predicted chunk by chunk, and downloaded with the predictions beside its columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from api import ApiError
from description import Description
from job import MOST_PROBLEMS, Job
from panel import show_problem
from upload import SEPARATORS, read_upload, write_row
from words import literal

KEY = "job"
MAIN = ("label", "probability", "value")  # columns of a prediction that come first where rows are shown


@st.fragment
def show_batch(url: str, description: Description, row: Mapping[str, Any]) -> None:
    """Ask for a file, predict its rows, and show the first ones, what is wrong with which line, and the download."""
    fields = description.fields
    st.header("Predict a whole table", anchor=False)
    st.markdown(
        "Upload a CSV with a column per field and a row per line. Columns that the model does not know are kept as "
        "they are. The rows are sent to the function, and to nobody else."
    )
    file = st.file_uploader("Table of rows (CSV)", key="upload")
    st.download_button(
        "Template with the row of the first tab",
        lambda: write_row(description.schema, {name: row[name] for name in fields}),
        "rows.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    if file is None:
        st.session_state.pop(KEY, None)
        return
    identity = (file.file_id, description.version)
    try:
        if st.session_state.get(KEY, (None,))[0] != identity:
            upload = read_upload(file.getvalue(), fields)
            st.session_state[KEY] = identity, Job.start(upload, description.schema)
    except ApiError as error:
        st.session_state.pop(KEY, None)
        show_problem(error, fields, "retry upload")
        return
    job: Job = st.session_state[KEY][1]
    tell_reading(job)
    problem = run(job, url)
    if problem and show_problem(problem, fields, "retry batch"):
        st.rerun()  # of the whole page: the model may have been replaced
    show_rows(job, Path(file.name).stem)


def tell_reading(job: Job) -> None:
    """Say how the file was understood."""
    separator = SEPARATORS[job.upload.separator]
    ignored = ", ".join(job.upload.ignored)
    st.caption(literal(f"Columns separated by {separator}." + (f" Not used: {ignored}." if ignored else "")))


def run(job: Job, url: str) -> ApiError | None:
    """Send all that is left, with a progress bar. Return what stopped it: the next run goes on from there."""
    bar = st.progress(job.progress, text=_count(job))
    while not job.is_done:
        try:
            job.step(url)
        except ApiError as error:
            return error
        bar.progress(job.progress, text=_count(job))
    return None


def show_rows(job: Job, name: str) -> None:
    """Show the first rows, the problems by line, and the download."""
    if not job.rows:
        if job.is_done:
            st.warning("This file has no rows: there is nothing after its first line.")
        return
    st.download_button(
        f"Download {job.rows:,} rows with their predictions"
        if job.is_done
        else f"Download the {job.rows:,} rows so far",
        lambda: job.result,
        f"{name} predicted.csv",
        "text/csv",
        on_click="ignore",
        type="primary",
        key="download",
    )
    st.subheader("The first rows", anchor=False)
    st.dataframe(first_rows(job), hide_index=True)
    if job.bad:
        st.subheader(f"{job.bad:,} of {job.rows:,} rows have a problem", anchor=False)
        st.dataframe(pd.DataFrame(job.problems, columns=["line", "problem"]), hide_index=True)
        if job.bad > MOST_PROBLEMS:
            st.caption(f"The first {MOST_PROBLEMS} are shown; the download has them all.")


def first_rows(job: Job) -> pd.DataFrame:
    """Return the first rows: their lines, what is predicted of them and their problems, then the columns uploaded."""
    width = len(job.upload.header)
    main = [width + position for position, name in enumerate(job.predicted) if name in MAIN]
    order = [*main, len(job.header) - 1, *range(width)]
    names = ["line", *(job.header[position] for position in order)]
    rows = [[line, *(row[position] for position in order)] for line, row in job.shown]
    return pd.DataFrame(rows, columns=_distinct(names))


def _count(job: Job) -> str:
    predicted = f"{job.rows - job.bad:,} predicted" + (f", {job.bad:,} with a problem" if job.bad else "")
    return f"{job.rows:,} rows done: {predicted}" if job.rows else "Reading the file"


def _distinct(names: list[str]) -> list[str]:
    """Return the names of columns for a table that wants no name twice."""
    found: list[str] = []
    for name in names:
        text, count = name, 1
        while text in found:
            count += 1
            text = f"{name} ({count})"
        found.append(text)
    return found
