"""The view: what the report and the card show of model.json, with its words and its numbers as people read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from predict.model import is_pickled
from training.explanation import MOST_COLUMNS, REPEATS, sample_rows
from training.lock import MOST_ROWS
from training.reporting.digits import (
    PREFIXES,
    pick_power,
    show_count,
    show_fixed,
    show_percent,
    show_value,
    show_with_error,
)
from training.reporting.fields import show_share
from training.reporting.glossary import notions_of, terms_of
from training.reporting.slices import shown_threshold, view_slices

TEMPLATES = Path(__file__).parent / "templates"
MOST_CLASSES = 6  # told one by one, the most common ones
RARE = 0.1  # share of the rows, under which what a class's probabilities are for is said
# What no figure can show, in the report and in the card.
ASSUMPTIONS = (
    "Rows are taken to be independent. If several are of the same person, place or time, the figures are too good and "
    "the intervals too narrow.",
    "Rows were held out at random, which is no test of a later time: the figures say nothing of another time, place or "
    "way of recording.",
)

Document = dict[str, Any]


def make_environment(*, autoescape: bool) -> Environment:
    """Return the templates' environment, with the filters that write numbers."""
    environment = Environment(  # nosec B701
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,  # noqa: S701 (the card is Markdown and escapes for itself)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(count=show_count, percent=show_percent, value=show_value, fixed=show_fixed)
    return environment


def make_view(document: Document) -> dict[str, Any]:
    """Return what both templates need, from the contents of model.json."""
    task, metrics = document["task"], document["metrics"]
    classes, labels = pick_classes(document), label_columns(document)
    fitted, compared = count_fitted(document), metrics["cross_validation"]["rows"]
    return {
        "document": document,
        "metrics": metrics,
        "held_out": metrics["held_out"],
        "fitted_rows": fitted,
        "part": "" if compared == fitted else f"{show_count(compared)} of ",  # of the rows for fitting
        "task": task,
        "labels": labels,
        "assumptions": ASSUMPTIONS,
        "terms": terms_of(document),
        "notions": notions_of(task),
        **view_slices(document, labels),
        "shufflings": REPEATS,
        "most_rows": sample_rows(len(labels)),
        "important": metrics["importance"][:MOST_COLUMNS],
        "unimportant": metrics["importance"][MOST_COLUMNS:],
        "rates": describe_rates(document),
        "is_pickled": is_pickled(document),
        "most_verified": MOST_ROWS,
        "class_rows": [] if task == "regression" else count_classes(document),
        "answer": {"binary": "probability", "multiclass": "probabilities", "regression": "value"}[task],
        "show": terms_of(document)["mae"].show if task == "regression" else show_percent,
        "baseline": "base value" if task == "regression" else "base rate",
        "positive": document["target"]["labels"][1] if task == "binary" else None,
        "classes": [] if task == "regression" else [(at, document["target"]["labels"][at]) for at in classes],
        "chosen": describe_candidate(metrics["chosen"]),
        **list_candidates(document),
        "example": pick_threshold(document),
    }


def count_fitted(document: Document) -> int:
    """Return how many rows the model was fitted on: those that were not held out."""
    rows: int = document["provenance"]["data"]["rows"] - document["metrics"]["held_out"]["rows"]
    return rows


def label_columns(document: Document) -> dict[str, str]:
    """Return what people call each column, with its unit."""
    found = {}
    for name, value in document["schema"]["properties"].items():
        unit = f" ({value['x-unit']})" if value.get("x-unit") else ""
        found[name] = value["x-label"] + unit
    return found


def pick_classes(document: Document) -> list[int]:
    """Return the positions, in lists with one entry per class, of what is told class by class.

    That is the one entry of the positive class or of a number, or of several classes the most common ones, in order.
    """
    if document["task"] != "multiclass":
        return [0]
    rates = document["baseline"]["class_rates"]
    return sorted(sorted(range(len(rates)), key=lambda at: -rates[at])[:MOST_CLASSES])


def describe_candidate(line: dict[str, Any]) -> str:
    """Return a candidate with its settings: logistic regression (C = 1.0)."""
    settings = ", ".join(f"{name}\u00a0=\u00a0{value}" for name, value in line["settings"].items())
    return f"{line['candidate']} ({settings})" if settings else str(line["candidate"])


def list_candidates(document: Document) -> dict[str, Any]:
    """Return the lines of cross-validation as texts, and what their excess is counted in."""
    validation, chosen = document["metrics"]["cross_validation"], document["metrics"]["chosen"]
    found = validation["candidates"]
    power = pick_power(line["excess_standard_error"] for line in found)
    loss = terms_of(document)[validation["loss"]]
    lines = [
        {
            "name": describe_candidate(line),
            "loss": loss.show(line["loss"]),
            "excess": show_with_error(line["excess"] / 10**power, line["excess_standard_error"] / 10**power),
            "chosen": line["candidate"] == chosen["candidate"] and line["settings"] == chosen["settings"],
            "least": line["excess"] == line["excess_standard_error"] == 0,
        }
        for line in found
    ]
    return {"candidates": lines, "excess_unit": PREFIXES[power], "loss": loss.name}


def count_classes(document: Document) -> list[tuple[str, int]]:
    """Return the held-out rows of each class as (label, rows), the positive one first; of many, the most common."""
    counted = list(zip(document["target"]["labels"], document["metrics"]["held_out"]["class_rows"], strict=True))
    return counted[::-1] if document["task"] == "binary" else [counted[at] for at in pick_classes(document)]


def describe_rates(document: Document) -> str | None:
    """Return what the probabilities are for where a class is rare; None where none is."""
    rates = document["baseline"].get("class_rates", [1.0])
    rarest = min(range(len(rates)), key=rates.__getitem__)
    if rates[rarest] >= RARE:
        return None
    label = document["target"]["labels"][rarest]
    return (
        f"Of the rows for fitting, {show_share(rates[rarest])} are “{label}”, the rarest class. Nothing is resampled: "
        "probabilities are for the table's own rates."
    )


def positive_share(document: Document) -> float:
    """Return the positive class's share of the held-out rows."""
    held_out = document["metrics"]["held_out"]
    return float(held_out["class_rows"][1] / held_out["rows"])


def pick_threshold(document: Document) -> dict[str, Any] | None:
    """Return the threshold that slices are flagged by, else the highest, with what it means for a thousand rows."""
    lines = document["metrics"]["thresholds"]
    if not lines:
        return None
    line = shown_threshold(lines) or lines[0]
    flagged, hits = round(1000 * line["flagged"]), round(1000 * line["flagged"] * line["precision"])
    missed = round(1000 * positive_share(document)) - hits
    return {"threshold": line["threshold"], "flagged": flagged, "hits": hits, "false": flagged - hits, "missed": missed}
