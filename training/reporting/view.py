"""The view: what the report and the card show of model.json, with its words and its numbers as people read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.evaluation import SMALL_CASES, SMALL_ROWS
from training.explanation import REPEATS
from training.reporting.digits import (
    PREFIXES,
    decimals_for,
    pick_power,
    show_count,
    show_fixed,
    show_percent,
    show_value,
    show_with_error,
)
from training.reporting.glossary import notions_of, terms_of

TEMPLATES = Path(__file__).parent / "templates"
MOST_CLASSES = 6  # told one by one, the most common ones
SHOWN_SHARE = 0.1  # of rows flagged, that the threshold table is explained by

# The figures of a slice, in tables narrow enough to print.
SLICE_TABLES = {
    "binary": (
        ("roc_auc", "calibration_slope", "calibration_intercept", "expected_calibration_error"),
        ("log_loss", "log_loss_skill", "brier_score", "brier_skill", "average_precision"),
    ),
    "multiclass": (
        ("roc_auc", "accuracy", "expected_calibration_error"),
        ("log_loss", "log_loss_skill", "brier_score", "brier_skill"),
    ),
    "regression": (("rmse", "mae", "r2", "bias"),),
}

# Titles and captions of the two plots of a sensitive column.
SLICE_WORDS = {
    "binary": (
        ("Ranking", "ROC AUC with its 95 % interval; the line is that of all rows."),
        ("Calibration", "Observed share with its 95 % Wilson interval, and the mean prediction."),
    ),
    "multiclass": (
        ("Skill", "Log loss skill with its 95 % interval; the line is that of all rows."),
        (
            "Calibration",
            "Share that was right with its 95 % Wilson interval, and the mean probability of the likeliest class.",
        ),
    ),
    "regression": (
        ("Error", "Mean absolute error with its 95 % interval; the line is that of all rows."),
        ("Bias", "Mean of prediction minus observed value with its 95 % interval."),
    ),
}

Document = dict[str, Any]


def make_environment(*, autoescape: bool) -> Environment:
    """Return the templates' environment, with the filters that write numbers."""
    environment = Environment(
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
    classes = pick_classes(document)
    return {
        "document": document,
        "metrics": metrics,
        "held_out": metrics["held_out"],
        "task": task,
        "labels": label_columns(document),
        "terms": terms_of(document),
        "notions": notions_of(task),
        "slice_tables": SLICE_TABLES[task],
        "few": f"under {SMALL_ROWS} rows" + (f", or under {SMALL_CASES} of one class" if task == "binary" else ""),
        "shufflings": REPEATS,
        "slice_words": SLICE_WORDS[task],
        "answer": {"binary": "probability", "multiclass": "probabilities", "regression": "value"}[task],
        "show": terms_of(document)["mae"].show if task == "regression" else show_percent,
        "baseline": "base value" if task == "regression" else "base rate",
        "positive": document["target"]["labels"][1] if task == "binary" else None,
        "classes": [] if task == "regression" else [(at, document["target"]["labels"][at]) for at in classes],
        "chosen": describe_candidate(metrics["chosen"]),
        **list_candidates(document),
        "example": pick_threshold(document),
    }


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
    errors = sorted(line["standard_error"] for line in found)
    decimals = decimals_for(errors[len(errors) // 2], 2)
    lines = [
        {
            "name": describe_candidate(line),
            "loss": f"{show_fixed(line['loss'], decimals)} ± {show_fixed(line['standard_error'], decimals)}",
            "excess": show_with_error(line["excess"] / 10**power, line["excess_standard_error"] / 10**power),
            "chosen": line["candidate"] == chosen["candidate"] and line["settings"] == chosen["settings"],
            "least": line["excess"] == line["excess_standard_error"] == 0,
        }
        for line in found
    ]
    return {"candidates": lines, "excess_unit": PREFIXES[power], "loss": terms_of(document)[validation["loss"]].name}


def pick_threshold(document: Document) -> dict[str, Any] | None:
    """Return the threshold that flags about a tenth of the rows, with what it means for a thousand rows."""
    lines = document["metrics"]["thresholds"]
    if not lines:
        return None
    line = min(lines, key=lambda line: abs(line["flagged"] - SHOWN_SHARE))
    positives = 1000 * document["metrics"]["held_out"]["baseline"]["average_precision"]
    flagged, hits = round(1000 * line["flagged"]), round(1000 * line["flagged"] * line["precision"])
    counts = {"flagged": flagged, "hits": hits, "false": flagged - hits, "missed": round(positives) - hits}
    return {"threshold": line["threshold"], **counts}
