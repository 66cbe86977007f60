"""About the model: how good it is on rows that it has not seen, for whom, what it uses, and what it is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from evidence import show_calibration, show_figures, show_groups, show_importance
from words import literal


def show_model(model: Mapping[str, Any], fields: Mapping[str, Any], report: str | None) -> None:
    """Show what the function says of its model; parts that it leaves out are left out here."""
    metrics = model.get("metrics") or {}
    st.header("About this model", anchor=False)
    st.markdown(literal(origin(model)))
    if report:
        st.link_button("Read the full report", report)
    if verdict := metrics.get("verdict"):
        st.subheader("In short", anchor=False)
        st.markdown("\n".join(f"- {literal(line)}" for line in verdict))
    if model["caveats"]:
        st.subheader("Caveats of the data", anchor=False)
        st.markdown("\n".join(f"- {literal(caveat)}" for caveat in model["caveats"]))
    if metrics.get("held_out"):
        show_figures(metrics["held_out"])
    if metrics.get("calibration"):
        show_calibration(metrics["calibration"], model["task"])
    if metrics.get("slices"):
        show_groups(metrics, model["task"])
    if metrics.get("importance"):
        show_importance(metrics["importance"], fields)
    if model.get("intended_use"):
        show_intended_use(model["intended_use"])


def origin(model: Mapping[str, Any]) -> str:
    """Return what the model is, and what it was learned from."""
    data = (model.get("provenance") or {}).get("data") or {}
    chosen = ((model.get("metrics") or {}).get("chosen") or {}).get("candidate")
    kind = f"A {chosen} that predicts" if chosen else "It predicts"
    rows = f", learned from {data['rows']:,} rows of {data['file']}" if {"rows", "file"} <= data.keys() else ""
    return f"{kind} {model['target']['name']}{rows}. Version {model['version']}."


def show_intended_use(text: str) -> None:
    """Show what the model is for: markdown, without what would be fetched from elsewhere."""
    quiet = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).replace("![", "[")
    st.divider()
    st.markdown(quiet.strip())
