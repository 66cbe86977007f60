"""The fields: what a row may hold, a line for each column, in words."""

from __future__ import annotations

from typing import Any

from training.levels import name_level
from training.properties import choices_of, is_nullable
from training.reporting.digits import DASH, show_count, show_percent, show_value

MOST_CHOICES = 12  # told one by one
LEAST_SHARE = 0.0005  # that is not rounded to nothing


def view_fields(document: dict[str, Any], labels: dict[str, str]) -> list[dict[str, str]]:
    """Return label, kind, share of rows without a value, and values of each column."""
    missing = document["metrics"]["missing"]
    return [
        {
            "label": labels[name] + (" (sensitive)" if value["x-sensitive"] else ""),
            "kind": name_kind(value),
            "missing": show_share(missing.get(name, 0.0)) if is_nullable(value) else DASH,
            "values": describe_values(value),
        }
        for name, value in document["schema"]["properties"].items()
    ]


def name_kind(value: dict[str, Any]) -> str:
    """Return what a column holds: the kinds of problem.toml, in words."""
    if value["x-kind"] == "number":
        return "whole number" if "integer" in value["type"] else "number"
    if value["x-kind"] == "boolean":
        return "yes or no"
    if value.get("x-ordered"):
        return "category, in this order"
    return str(value["x-kind"])


def describe_values(value: dict[str, Any]) -> str:
    """Return what a column may hold: the range of numbers or dates, or the choices, of many the first few."""
    other = value.get("x-other")
    choices = [name_level(choice) for choice in choices_of(value) if choice not in (None, other)]
    if not choices_of(value):
        show = show_count if "integer" in value["type"] else show_value
        return "from {} to {}".format(*(end if isinstance(end, str) else show(end) for end in value["x-range"]))
    more = len(choices) - MOST_CHOICES
    ends = [f"{more:,} more"] if more > 0 else []
    return "; ".join([*choices[:MOST_CHOICES], *ends, *(["any other"] if other else [])])


def show_share(share: float) -> str:
    """Return a share as text, a small one not as if there were none."""
    return f"under {show_percent(2 * LEAST_SHARE)}" if 0 < share < LEAST_SHARE else show_percent(share)
