"""The plots of what the model uses and how: permutation importance, and partial dependence as small multiples."""

from __future__ import annotations

from datetime import date
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from training.explanation import MOST_COLUMNS
from training.levels import name_level
from training.properties import choices_of
from training.reporting.canvas import (
    ACCENT,
    CLASSES,
    EDGE,
    MARKERS,
    WIDTH,
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

GAP = 76  # points to the right of a line, for what is missing
MOST_TOLD = 12  # values, one by one


def draw_importance(document: Document, labels: dict[str, str]) -> Plot:
    """Return how much the loss grows when a column is shuffled, with the standard deviation over shufflings.

    Of many columns, the most important are drawn.
    """
    entries = document["metrics"]["importance"][:MOST_COLUMNS]
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
    found = []
    for number, entry in enumerate(entries):
        value = document["schema"]["properties"][entry["column"]]
        is_line = not choices_of(value) and entry["values"] != [None]
        with style(f"dependence-{number}"):
            figure, axes = _draw_line(entry, value, classes, bases) if is_line else _draw_choices(entry, classes, bases)
            axes.set(**{"ylim" if is_line else "xlim": limits})
            if document["task"] != "regression":
                use_percent(axes, "y" if is_line else "x", 4)
            found.append(make_plot(figure, _describe(entry, labels[entry["column"]], classes, document)))
    return found


def base_values(document: Document, classes: list[int]) -> list[float]:
    """Return what is always answered for comparison: the base rate of each class of `classes`, or the base value."""
    if document["task"] == "regression":
        return [document["baseline"]["base_value"]]
    rates = document["baseline"]["class_rates"]
    return [rates[1]] if document["task"] == "binary" else [rates[position] for position in classes]


def _draw_line(
    entry: dict[str, Any], value: dict[str, Any], classes: list[int], bases: list[float]
) -> tuple[Figure, Axes]:
    """Draw the lines of the classes over a number or a date; what is missing has points of its own beside them.

    Ticks on its axis are where it was set.
    """
    figure, axes = make_axes(200, 52, 24)
    known = [x for x in entry["values"] if x is not None]
    gap = _add_gap(figure, axes) if len(known) < len(entry["values"]) else None
    places = [date.fromisoformat(x).toordinal() for x in known] if value["x-kind"] == "date" else known
    for at, (position, base) in enumerate(zip(classes, bases, strict=True)):
        found = entry["predictions"][position]
        axes.plot(
            places,
            found[: len(known)],
            color=CLASSES[at],
            linestyle=dash(at),
            marker=MARKERS[at] if len(known) == 1 else None,
        )
        if gap:
            gap.plot(0, found[-1], MARKERS[at], color=CLASSES[at])
        for part in (axes, gap) if gap else (axes,):
            part.axhline(base, color=EDGE if len(classes) == 1 else CLASSES[at], linewidth=0.75, zorder=0.5)
    feet = axes.get_xaxis_transform()
    axes.plot(places, [0.0] * len(places), "|", color=EDGE, markersize=5, transform=feet)
    if value["x-kind"] == "date":
        _use_dates(axes, places[0], places[-1])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=value["x-step"] == 1))
    return figure, axes


def _add_gap(figure: Figure, axes: Axes) -> Axes:
    """Return further axes to the right, for what is missing."""
    left, bottom, _width, height = axes.get_position().bounds
    axes.set_position((left, bottom, 1 - left - GAP / WIDTH, height))
    gap = figure.add_axes((1 - (GAP - 18) / WIDTH, bottom, (GAP - 24) / WIDTH, height), sharey=axes)
    gap.patch.set_visible(False)
    gap.spines["left"].set_visible(False)
    gap.tick_params(axis="y", left=False, labelleft=False)
    gap.set_xticks([0], [name_level(None)])
    return gap


def _use_dates(axes: Axes, first: int, last: int) -> None:
    """Write the first and the last day on the x axis, inwards, so that both fit."""
    days = sorted({first, last})
    axes.set_xticks(days, [date.fromordinal(day).isoformat() for day in days])
    if len(days) > 1:
        left, right = axes.get_xticklabels()
        left.set_horizontalalignment("left")
        right.set_horizontalalignment("right")


def _draw_choices(entry: dict[str, Any], classes: list[int], bases: list[float]) -> tuple[Figure, Axes]:
    """Draw a point per class at each choice."""
    figure, axes = make_rows([name_level(value) for value in entry["values"]], bottom=20, top=6)
    for at, (position, base) in enumerate(zip(classes, bases, strict=True)):
        axes.axvline(base, color=EDGE if len(classes) == 1 else CLASSES[at], linewidth=0.75, zorder=0.5)
        axes.plot(entry["predictions"][position], range(len(entry["values"])), MARKERS[at], color=CLASSES[at])
    return figure, axes


def _describe(entry: dict[str, Any], label: str, classes: list[int], document: Document) -> str:
    show = terms_of(document)["mae"].show if document["task"] == "regression" else show_percent
    parts = []
    for position in classes:
        of = f"{document['target']['labels'][position]}: " if len(classes) > 1 else ""
        pairs = list(zip(entry["values"], entry["predictions"][position], strict=True))
        reads = [f"{name_level(x)} {show(y)}" for x, y in pairs]
        if len(pairs) > MOST_TOLD:
            known = [(x, y) for x, y in pairs if x is not None]
            ends = " to ".join(f"{show(y)} at {name_level(x)}" for x, y in (known[0], known[-1]))
            found = [y for _x, y in known]
            reads = [f"{ends}, between {show(min(found))} and {show(max(found))}", *reads[len(known) :]]
        parts.append(of + ", ".join(reads))
    return f"Mean prediction by {label}: {'; '.join(parts)}."
