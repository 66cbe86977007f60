"""Rows made of a schema: good ones that reach every choice, and the same as CSV."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from typing import Any

MOST_CHANGED = 300
DRAWN = 30

Row = dict[str, Any]
Schema = dict[str, Any]


def typical_row(schema: Schema) -> Row:
    """Return the example of each field."""
    return {name: value["x-example"] for name, value in schema["properties"].items()}


def choices(value: Schema) -> list[Any]:
    """Return what a field may hold, or the ends of its range.

    Where any text is allowed, one that is none of those that the model tells apart is among them.
    """
    allowed: list[Any] = [*(value.get("enum") or value.get("x-choices") or value["x-range"])]
    if takes_any_text(value):
        allowed.append("no such value")
    if "null" in value["type"] and None not in allowed:
        allowed.append(None)
    return allowed


def takes_any_text(value: Schema) -> bool:
    """Return whether a field takes texts that it does not name."""
    return "string" in value["type"] and not {"enum", "format"} & value.keys()


def strict_fields(schema: Schema) -> list[str]:
    """Return the fields that refuse texts."""
    return [name for name, value in schema["properties"].items() if not takes_any_text(value)]


def make_rows(schema: Schema) -> list[Row]:
    """Return the typical row, rows that differ from it in one field, and rows drawn with a fixed seed.

    Fields that may be left out are, in some.
    """
    typical, properties = typical_row(schema), schema["properties"]
    optional = [name for name in properties if name not in schema["required"]]
    changed = [{**typical, name: choice} for name, value in properties.items() for choice in choices(value)]
    fewer = [{name: typical[name] for name in typical if name != left_out} for left_out in optional]
    generator = random.Random(0)
    drawn = [{name: generator.choice(choices(value)) for name, value in properties.items()} for _ in range(DRAWN)]
    return [typical, *changed[:: len(changed) // MOST_CHANGED + 1], *fewer, *drawn]


def other(schema: Schema, name: str) -> Any:
    """Return a value of a field that is not its example, or the example where it may hold no other."""
    value = schema["properties"][name]
    return next((choice for choice in choices(value) if choice != value["x-example"]), value["x-example"])


def missing_texts(schema: Schema) -> list[str]:
    """Return the texts that mean missing in a CSV."""
    return list(schema.get("x-missing", [""]))


def in_csv(rows: Iterable[Row], schema: Schema) -> list[Row]:
    """Return the rows that a CSV can hold: without texts that mean missing there."""
    missing = set(missing_texts(schema))
    return [row for row in rows if not missing.intersection(row.values())]


def to_csv(header: Sequence[str], rows: Iterable[Row], missing: str = "") -> str:
    """Return rows as CSV (RFC 4180); what is None or left out is a cell that holds `missing`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([missing if row.get(name) is None else row[name] for name in header] for row in rows)
    return text.getvalue()


def from_csv(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
