"""The plots of what the model uses and how: permutation importance, and partial dependence as small multiples."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from training.reporting.canvas import (
    ACCENT,
    CLASSES,
    EDGE,
    MARKERS,
    Plot,
    dash,
    make_axes,
    make_plot,
    make_rows,
    style,
    use_percent,
)
from training.reporting.digits import show_percent, show_value
from training.reporting.glossary import TERMS, terms_of
from training.reporting.view import Document


def draw_importance(document: Document, labels: dict[str, str]) -> Plot:
    """Return how much the loss grows when a column is shuffled, with the standard deviation over shufflings."""
    entries = document["metrics"]["importance"]
    loss = TERMS[document["metrics"]["cross_validation"]["loss"]].name
    with style("importance"):
        figure, axes = make_rows([labels[entry["column"]] for entry in entries])
        axes.axvline(0, color=EDGE, linewidth=0.75)
        for at, entry in enumerate(entries):
            ends = [entry["increase"] + sign * entry["standard_deviation"] for sign in (-1, 1)]
            axes.hlines(at, *ends, color=ACCENT, linewidth=1.25)
            axes.plot(entry["increase"], at, "o", color=ACCENT)
        if not any(entry["increase"] or entry["standard_deviation"] for entry in entries):
            axes.set(xlim=(-1, 1), xticks=[0])  # a model that uses nothing
        axes.set_xlabel(f"increase of {loss[0].lower() + loss[1:]}")
        reads = "; ".join(f"{labels[entry['column']]} {show_value(entry['increase'], 2)}" for entry in entries)
        return make_plot(figure, f"Increase of {loss[0].lower() + loss[1:]} when a column is shuffled: {reads}.")


def draw_dependence(document: Document, labels: dict[str, str], classes: list[int]) -> list[Plot]:
    """Return for each column the mean prediction at each of its values, on one scale, a line per class of `classes`."""
    entries = document["metrics"]["dependence"]
    shown = [value for entry in entries for position in classes for value in entry["predictions"][position]]
    margin = 0.04 * (max(shown) - min(shown)) or 0.5
    limits = (min(shown) - margin, max(shown) + margin)
    if document["task"] != "regression":
        limits = (max(0.0, limits[0]), min(1.0, limits[1]))
    bases = base_values(document, classes)
    kinds = {name: value["x-kind"] for name, value in document["schema"]["properties"].items()}
    found = []
    for number, entry in enumerate(entries):
        label, is_number = labels[entry["column"]], kinds[entry["column"]] == "number"
        with style(f"dependence-{number}"):
            figure, axes = (_draw_line if is_number else _draw_choices)(entry, classes, bases)
            if is_number:
                axes.set(ylim=limits, xlabel=label)
            else:
                axes.set_xlim(*limits)
            if document["task"] != "regression":
                use_percent(axes, "y" if is_number else "x", 4)
            found.append(make_plot(figure, _describe(entry, label, classes, document)))
    return found


def base_values(document: Document, classes: list[int]) -> list[float]:
    """Return what is always answered for comparison: the base rate of each class of `classes`, or the base value."""
    if document["task"] == "regression":
        return [document["baseline"]["base_value"]]
    rates = document["baseline"]["class_rates"]
    return [rates[1]] if document["task"] == "binary" else [rates[position] for position in classes]


def _draw_line(entry: dict[str, Any], classes: list[int], bases: list[float]) -> tuple[Figure, Axes]:
    """Draw the lines of the classes over a number; ticks on its axis are where it was set."""
    figure, axes = make_axes(200, 52)
    values = entry["values"]
    for at, (position, base) in enumerate(zip(classes, bases, strict=True)):
        axes.axhline(base, color=EDGE if len(classes) == 1 else CLASSES[at], linewidth=0.75)
        axes.plot(values, entry["predictions"][position], color=CLASSES[at], linestyle=dash(at))
    feet = axes.get_xaxis_transform()
    axes.plot(values, [0.0] * len(values), "|", color=EDGE, markersize=5, transform=feet)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    return figure, axes


def _draw_choices(entry: dict[str, Any], classes: list[int], bases: list[float]) -> tuple[Figure, Axes]:
    """Draw a point per class at each choice of a category."""
    figure, axes = make_rows([name_value(value) for value in entry["values"]], bottom=20, top=6)
    for at, (position, base) in enumerate(zip(classes, bases, strict=True)):
        axes.axvline(base, color=EDGE if len(classes) == 1 else CLASSES[at], linewidth=0.75, zorder=0.5)
        axes.plot(entry["predictions"][position], range(len(entry["values"])), MARKERS[at], color=CLASSES[at])
    return figure, axes


def name_value(value: Any) -> str:
    """Return a value of a column as text."""
    if value is None:
        return "(missing)"
    return value if isinstance(value, str) else f"{value:g}"


def _describe(entry: dict[str, Any], label: str, classes: list[int], document: Document) -> str:
    show = terms_of(document)["mae"].show if document["task"] == "regression" else show_percent
    parts = []
    for position in classes:
        values = entry["predictions"][position]
        of = f"{document['target']['labels'][position]}: " if len(classes) > 1 else ""
        if len(values) <= 12:
            reads = ", ".join(f"{name_value(x)} {show(y)}" for x, y in zip(entry["values"], values, strict=True))
        else:
            ends = [f"{show(values[at])} at {name_value(entry['values'][at])}" for at in (0, -1)]
            reads = f"{ends[0]} to {ends[1]}, between {show(min(values))} and {show(max(values))}"
        parts.append(of + reads)
    return f"Mean prediction by {label}: {'; '.join(parts)}."
