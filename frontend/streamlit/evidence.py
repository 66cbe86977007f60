"""The evidence: figures, calibration, groups and importance, each measured on rows held out of training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from charts import Bar, bars, intervals
from figures import DASH, figure, write_figure, write_interval
from result import in_words
from words import Format, literal, numbers, percentages

MAIN = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "mae"}  # the figure of groups
MOST_IMPORTANT = 15
INTERVAL = "95% interval"


def show_figures(held_out: Mapping[str, Any]) -> None:
    """Show each figure with its interval beside that of always answering the same."""
    st.subheader("Figures", anchor=False)
    baseline = held_out.get("baseline") or {}
    scale = baseline.get("rmse") or 0.0
    rows = [
        {
            "figure": figure(name).name,
            "value": write_figure(name, given["value"], scale),
            INTERVAL: write_interval(name, given, scale),
            "without a model": write_figure(name, baseline.get(name), scale),
        }
        for name, given in held_out["model"].items()
    ]
    st.table(pd.DataFrame(rows).set_index("figure").map(literal), border="horizontal")
    st.caption(
        f"On {held_out['rows']:,} rows held out of training. The interval is over {held_out['draws']:,} bootstrap "
        "draws of them. Without a model, every row would get the base rate, or the mean."
    )
    with st.expander("What the figures mean"):
        known = [figure(name) for name in held_out["model"] if figure(name).meaning]
        st.markdown("\n".join(f"- **{each.name}** ({each.good}): {literal(each.meaning)}" for each in known))


def show_calibration(bins: list[dict[str, Any]], task: str) -> None:
    """Show what happened beside what was predicted, over bins of rows of similar prediction."""
    st.subheader("Does what it predicts happen?", anchor=False)
    is_regression = task == "regression"
    write = _writer([each["observed"] for each in bins], task)
    lines = [
        {
            "rows": f"{each['rows']:,}",
            "predicted": write(each["predicted"]),
            "observed": write(each["observed"]),
            INTERVAL: DASH if each["low"] is None else f"{write(each['low'])} to {write(each['high'])}",
        }
        for each in bins
    ]
    texts = [", ".join(f"{name} {text}" for name, text in line.items()) for line in lines]
    titles = ("Mean prediction", "Observed mean" if is_regression else "Observed share")
    points = [each | {"text": text} for each, text in zip(bins, texts, strict=True)]
    chart = intervals(points, titles, ",.6~g" if is_regression else ".3~%")
    st.altair_chart(chart, alt=f"Calibration. {'; '.join(texts)}.", key="calibration")
    of = "Of the likeliest class. " if task == "multiclass" else ""
    st.caption(
        f"{of}Each point stands for held-out rows of similar prediction, with the {INTERVAL} of what was observed. "
        "On the dashed line, what is predicted happens."
    )
    with st.expander("The same as a table"):
        st.table(pd.DataFrame(lines).set_index("rows"), border="horizontal")


def show_groups(metrics: Mapping[str, Any], task: str) -> None:
    """Show by group the main figure with its interval, and what was observed and predicted."""
    name = MAIN[task]
    st.subheader("Is it as good for everyone?", anchor=False)
    baseline = metrics["held_out"]["baseline"]
    scale = baseline.get("rmse") or 0.0
    write = _writer([part[key] for part in metrics["slices"] for key in ("observed", "predicted")], task)
    groups: dict[str, list[dict[str, str]]] = {}
    for part in metrics["slices"]:
        given = part["figures"].get(name) or {"value": None}
        few = " (few rows)" if part.get("small") else ""
        groups.setdefault(part["label"], []).append(
            {
                "group": f"{part['slice']}{few}",
                "rows": f"{part['rows']:,}",
                figure(
                    name
                ).name: f"{write_figure(name, given['value'], scale)} ({write_interval(name, given, scale)})",
                "observed (predicted)": f"{write(part['observed'])} ({write(part['predicted'])})",
            }
        )  # no more columns than fit a phone: Streamlit's tables cannot be scrolled by keyboard everywhere
    for label, rows in groups.items():
        st.markdown(f"**{literal(label)}**")
        st.table(pd.DataFrame(rows).set_index("group").map(literal), border="horizontal")
    small = metrics.get("small") or {}
    st.caption(
        f"{figure(name).name}: {figure(name).good}, with its {INTERVAL}. "
        + (f"Few is under {small['rows']:,} rows." if small else "")
    )


def show_importance(importance: list[dict[str, Any]], fields: Mapping[str, Any]) -> None:
    """Show how much worse the model is when one column is shuffled."""
    st.subheader("What it uses", anchor=False)
    write = numbers(max((abs(each["increase"]) for each in importance), default=0.0))
    rows = [
        Bar(
            fields[each["column"]]["x-label"] if each["column"] in fields else each["column"],
            each["increase"],
            f"{write(each['increase'])} ± {write(each['standard_deviation'])}",
        )
        for each in importance[:MOST_IMPORTANT]
    ]
    st.altair_chart(bars(rows), alt=in_words(rows), key="importance")
    st.caption("How much the loss on held-out rows grows when one column is shuffled, with its standard deviation.")


def _writer(values: list[float], task: str) -> Format:
    """Return the function that writes means of the outcome, shares or numbers, so that they can be told apart."""
    return numbers((max(values) - min(values)) / 10) if task == "regression" else percentages(*values)
