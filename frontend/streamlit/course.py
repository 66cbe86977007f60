"""The course: predictions over the values of one field, as bars or curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import streamlit as st

from charts import ACCENT, MUTED, PALETTE, Bar, bars, curves
from link import choices_of
from words import Format, labelled, literal, numbers, percentages, shown


def draw(
    found: Sequence[tuple[Any, Mapping[str, Any]]], field: Mapping[str, Any], current: Any, model: Mapping[str, Any]
) -> None:
    """Draw the predictions: bars over choices, curves over numbers and dates, of all classes if there are several."""
    is_regression = model["task"] == "regression"
    label, usual = of_what(model), float(found[0][1]["base_value" if is_regression else "base_rate"])
    classes = [label] if model["task"] != "multiclass" else [str(each) for each in model["target"]["labels"]]
    series = [(value, _shares(result, model)) for value, result in found]
    largest = [max(shares.values()) for _, shares in series]  # of several classes, the rest would ask for many digits
    write = numbers(found[0][1]["typical_error"]) if is_regression else percentages(*largest, usual)
    said = {value: ", ".join(f"{name} {write(share)}" for name, share in shares.items()) for value, shares in series}
    here = f"{shown(current, field)}: {said.get(current, '')}."
    chart: Any
    if choices_of(field) and len(classes) == 1:
        rows = [
            Bar(
                _name(value, current, field),
                shares[label],
                write(shares[label]),
                ACCENT if value == current else MUTED,
                usual,
            )
            for value, shares in series
        ]
        chart = bars(rows, start=None if is_regression else 0)
    else:
        points = [
            {
                "x": value,
                "name": _name(value, current, field),
                "class": name,
                "y": share,
                "text": f"{name} {write(share)}",
            }
            for value, shares in series
            if value is not None or choices_of(field)
            for name, share in shares.items()
        ]
        form = "" if is_regression else ".3~%"
        marker = usual if len(classes) == 1 else None
        titles, is_time = (labelled(field), label), field["x-kind"] == "date"
        chart = stacked(points, classes) if choices_of(field) else curves(points, titles, form, marker, is_time=is_time)
    st.subheader(literal(label), anchor=False)
    alt_text = f"{label} over {field['x-label']}. {_ends(series, classes[0], write, field)} Now {here}"
    st.altair_chart(chart, alt=alt_text, key="what-if")
    gap = "" if current is None or None not in said or choices_of(field) else f" {shown(None)}: {said[None]}."
    usually = f" The marks are at what is usual: {write(usual)}." if len(classes) == 1 else ""
    st.caption(literal(f"This row, {here}{gap}{usually}"))


def of_what(model: Mapping[str, Any]) -> str:
    """Return what is predicted, as the axis of a chart says it."""
    if model["task"] == "binary":
        return str(model["target"]["labels"][1])
    return str(model["target"]["name"])


def stacked(points: list[dict[str, Any]], classes: list[str]) -> alt.Chart:
    """Return bars of all classes' shares, one bar per choice."""
    chart: alt.Chart = (
        alt.Chart({"values": points}, height=44 * len(points) // len(classes) + 40)
        .mark_bar(height=22)
        .encode(
            y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=160, ticks=False, domain=False)),
            x=alt.X("y:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color(
                "class:N",
                sort=None,
                title=None,
                scale=alt.Scale(domain=classes, range=PALETTE),
                legend=alt.Legend(orient="top", labelLimit=240),
            ),
            tooltip=[alt.Tooltip("text:N", title="Share")],
        )
    )
    return chart


def _name(value: Any, current: Any, field: Mapping[str, Any]) -> str:
    return f"{shown(value, field)} (this row)" if value == current else shown(value, field)


def _shares(result: Mapping[str, Any], model: Mapping[str, Any]) -> dict[str, float]:
    """Return what is drawn of an answer: name -> number."""
    if model["task"] == "multiclass":
        return {str(name): share for name, share in result["probabilities"].items()}
    return {of_what(model): result["value" if model["task"] == "regression" else "probability"]}


def _ends(series: Sequence[tuple[Any, Mapping[str, float]]], name: str, write: Format, field: Mapping[str, Any]) -> str:
    (least, low), (most, high) = (choose(series, key=lambda each: each[1][name]) for choose in (min, max))
    return f"From {write(low[name])} at {shown(least, field)} to {write(high[name])} at {shown(most, field)}."
