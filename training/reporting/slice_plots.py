"""The plots of the slices: the main figure with its intervals, and predictions against outcomes."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.curves import share_interval
from training.reporting.canvas import ACCENT, EDGE, MUTED, TEXT, Plot, make_plot, make_rows, style, use_percent
from training.reporting.digits import show_percent
from training.reporting.glossary import terms_of
from training.reporting.view import Document

RANKED = {
    "binary": "roc_auc",
    "multiclass": "log_loss_skill",
    "regression": "mae",
}  # the figure that slices are drawn by


def draw_slices(document: Document) -> dict[str, list[Plot]]:
    """Return for each sensitive column a plot of the main figure, and one of predictions against outcomes."""
    slices = document["metrics"]["slices"]
    found = {}
    for number, (column, entries) in enumerate(groupby(slices, key=lambda entry: entry["column"])):
        part = list(entries)
        second = _draw_bias if document["task"] == "regression" else _draw_shares
        found[column] = [_draw_ranked(document, part, number), second(document, part, number)]
    return found


def _draw_ranked(document: Document, part: list[dict[str, Any]], number: int) -> Plot:
    name = RANKED[document["task"]]
    overall = document["metrics"]["held_out"]["model"][name]["value"]
    return _draw_intervals(document, part, name, (overall, "overall"), f"slice-{number}")


def _draw_bias(document: Document, part: list[dict[str, Any]], number: int) -> Plot:
    return _draw_intervals(document, part, "bias", (0.0, "no bias:"), f"bias-{number}")


def _draw_intervals(
    document: Document, part: list[dict[str, Any]], name: str, mark: tuple[float | None, str], key: str
) -> Plot:
    """Draw one figure of each slice with its interval, on the same axis for every column, and a line to compare by."""
    term = terms_of(document)[name]
    with style(key):
        figure, axes = _slice_rows(part)
        if mark[0] is not None:
            _add_line(axes, mark[0], f"{mark[1]} {term.show(mark[0])}")
        for at, entry in enumerate(part):
            found, colour = entry["figures"][name], _colour(entry)
            if found["low"] is not None:
                axes.hlines(at, found["low"], found["high"], color=colour, linewidth=1.25)
            if found["value"] is not None:
                axes.plot(found["value"], at, "o", color=colour, markerfacecolor=_fill(entry))
        axes.set_xlabel(term.name)
        every = [entry["figures"][name] for entry in document["metrics"]["slices"]]
        _share_limits(axes, [figure[end] for figure in every for end in ("value", "low", "high")] + [mark[0]])
        if term.form == "percent":
            use_percent(axes, "x", 4)
        reads = "; ".join(f"{entry['slice']} {term.show(entry['figures'][name]['value'])}" for entry in part)
        return make_plot(figure, f"{term.name} by slice: {reads}.")


def _draw_shares(document: Document, part: list[dict[str, Any]], number: int) -> Plot:
    """Draw the observed share of each slice with its Wilson interval, and the mean prediction as a tick."""
    with style(f"share-{number}"):
        figure, axes = _slice_rows(part)
        for at, entry in enumerate(part):
            low, high = _wilson(entry)
            axes.hlines(at, low, high, color=_colour(entry), linewidth=1.25)
            axes.plot(entry["observed"], at, "o", color=_colour(entry), markerfacecolor=_fill(entry))
            axes.plot(entry["predicted"], at, "|", color=TEXT, markersize=13, markeredgewidth=1.5)
        axes.set_xlabel("dot: observed; tick: predicted")
        _share_limits(
            axes, [end for entry in document["metrics"]["slices"] for end in (*_wilson(entry), entry["predicted"])]
        )
        use_percent(axes, "x", 4)
        reads = "; ".join(
            f"{entry['slice']} {show_percent(entry['observed'])} against {show_percent(entry['predicted'])}"
            for entry in part
        )
        return make_plot(figure, f"Observed against mean predicted share by slice: {reads}.")


def _wilson(entry: dict[str, Any]) -> tuple[float, float]:
    return share_interval(round(entry["observed"] * entry["rows"]), entry["rows"])


def _slice_rows(part: list[dict[str, Any]]) -> tuple[Figure, Axes]:
    labels = [f"{entry['slice']} *" if entry["small"] else entry["slice"] for entry in part]
    return make_rows(labels, [entry["small"] for entry in part])


def _colour(entry: dict[str, Any]) -> str:
    return MUTED if entry["small"] else ACCENT


def _fill(entry: dict[str, Any]) -> str:
    return "none" if entry["small"] else ACCENT


def _add_line(axes: Axes, value: float, label: str) -> None:
    axes.axvline(value, color=EDGE, linewidth=0.75, zorder=0.5)
    axes.annotate(label, (value, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom", color=MUTED)


def _share_limits(axes: Axes, ends: list[float | None]) -> None:
    values = [end for end in ends if end is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    margin = 0.05 * (high - low) or 0.5
    axes.set_xlim(low - margin, high + margin)
