"""The result: what the function answered, set against what is usual, in words, as a picture and field by field."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import streamlit as st

from charts import ACCENT, MUTED, OTHER, Bar, bars
from words import Format, comparison, frequencies, literal, numbers, percentages, shown

Document = Mapping[str, Any]
ROUND = (1, 2, 3, 4, 5, 6, 8, 10)
MOST_CLASSES = 12  # drawn; the rest is added up
MOST_CONTRIBUTIONS = 12


def show_answer(answer: Document, row: Document, model: Document, fields: Document) -> None:
    """Show one prediction, the first line of the verdict, and what each field contributes."""
    with st.container(border=True, key="answer"):
        (show_value if model["task"] == "regression" else show_chance)(answer, model)
        verdict = (model.get("metrics") or {}).get("verdict") or []
        if verdict:
            st.caption(f"How good is this model? {literal(verdict[0])}")
    if answer.get("explanation"):
        show_contributions(answer["explanation"], row, fields, answer.get("typical_error"))


def show_chance(answer: Document, model: Document) -> None:
    """Show the positive class of two, or the likeliest of several, and all classes."""
    is_binary, label = model["task"] == "binary", answer["label"]
    of = str(model["target"]["labels"][1] if is_binary else label)
    probability, base_rate = answer["probability"], answer["base_rate"]
    given, usual = frequencies(probability, base_rate)
    write = percentages(probability, base_rate)
    where = "as is usual" if given == usual else f"where {usual} is usual"
    show_headline(of, given, where, comparison(probability, base_rate))
    if is_binary:
        rows = [Bar(of, probability, write(probability)), Bar("Usual", base_rate, write(base_rate), MUTED)]
        said = f"The likelier class is {label} ({write(answer['probabilities'][label])})."
        end = scale_end(probability, base_rate)
    else:
        rows = class_bars(answer, model, write)
        said = f"The marks are at what is usual; {label}: {write(base_rate)}."
        end = 1.0
    st.altair_chart(bars(rows, end=end), alt=in_words(rows), key="picture")
    st.caption(f"{literal(said)} Model version {literal(answer['model_version'])}.")


def class_bars(answer: Document, model: Document, write: Format) -> list[Bar]:
    """Return a bar for each of several classes, the likeliest first, the last ones added up."""
    rates = (model.get("baseline") or {}).get("class_rates") or []
    usual = dict(zip(model["target"]["labels"], rates, strict=False))
    by_share = sorted(answer["probabilities"].items(), key=lambda item: -item[1])
    rows = [
        Bar(str(name), share, write(share), ACCENT if name == answer["label"] else MUTED, usual.get(name))
        for name, share in by_share[:MOST_CLASSES]
    ]
    if rest := by_share[MOST_CLASSES:]:
        share = sum(share for _, share in rest)
        rows.append(Bar(f"{len(rest):,} other classes", share, write(share), MUTED))
    return rows


def scale_end(probability: float, base_rate: float) -> float:
    """Return the round share at which a scale ends: twice the usual, so that it stays put, or more if needed."""
    needed = max(2 * base_rate, 1.1 * probability)
    if needed <= 0:
        return 1.0
    magnitude = 10.0 ** math.floor(math.log10(needed))
    return min(magnitude * next(step for step in ROUND if step * magnitude >= needed * (1 - 1e-12)), 1.0)


def show_value(answer: Document, model: Document) -> None:
    """Show a prediction of a number, with how far off such predictions typically are."""
    error = answer["typical_error"]
    write = numbers(error)
    value, usual, off = (write(answer[key]) for key in ("value", "base_value", "typical_error"))
    show_headline(str(model["target"]["name"]), value, f"where {usual} is usual", f"Typically off by {off}.")
    rows = [Bar("This row", answer["value"], value), Bar("Usual", answer["base_value"], usual, MUTED)]
    starts_at_zero = min(answer["value"], answer["base_value"]) >= 0
    st.altair_chart(bars(rows, start=0 if starts_at_zero else None), alt=in_words(rows), key="picture")
    said = "Usual is the mean of the rows that the model learned from; the typical error is that on rows held out."
    st.caption(f"{said} Model version {literal(answer['model_version'])}.")


def show_headline(of: str, given: str, where: str, remark: str) -> None:
    """Show the answer in words: of what, how much, beside what is usual."""
    st.header(f"{literal(of)}: {given}", anchor=False)
    st.markdown(f"{where}. {remark}")


def show_contributions(explanation: Document, row: Document, fields: Document, error: float | None) -> None:
    """Show how much each field moves the answer away from that of the typical row; what is shown adds up.

    `error` is a regression's typical error.
    """
    st.subheader("What moves it", anchor=False)
    start, end = explanation["reference"]["value"], explanation["value"]
    write, unit = (percentages(end, start), " points") if error is None else (numbers(error), "")
    moved = sorted(((name, by) for name, by in explanation["contributions"].items() if by), key=lambda it: -abs(it[1]))
    if not moved:
        st.markdown(f"This is the typical row: {write(start)}. Change a field to see what it does to the answer.")
        return
    parts = [(_field_text(name, fields, row), by) for name, by in moved[:MOST_CONTRIBUTIONS]]
    if rest := moved[MOST_CONTRIBUTIONS:]:
        parts.append((f"{len(rest):,} other fields", sum(by for _, by in rest)))
    rows, total = [], start
    for label, by in parts:
        text = difference(write(total), write(total + by))  # of running totals, so that what is shown adds up, too
        rows.append(Bar(label, by, text + unit, OTHER if by > 0 else ACCENT))
        total += by
    st.altair_chart(bars(rows), alt=in_words(rows), key="contributions")
    steps = " ".join(f"{bar.text[0]} {bar.text[1:].removesuffix(unit)}" for bar in rows)
    about = "" if explanation.get("exact", True) else " These are means over orders of the fields that were drawn."
    said = (
        f"From {write(start)} for the typical row to {write(end)} for this one: {write(start)} {steps} = {write(end)}."
    )
    st.caption(f"{literal(said)} Fields that are not named are as in the typical row.{about}")


def difference(before: str, after: str) -> str:
    """Return what has to be added to one written number to have the other, exactly, with its sign."""
    first, last = (Decimal(re.sub("[^-.0-9]", "", text)) for text in (before, after))
    sign = "+" if last > first else "−" if last < first else "±"  # noqa: RUF001 - the minus sign, as wide as the plus
    return f"{sign}{abs(last - first):,f}"


def in_words(rows: list[Bar]) -> str:
    """Return what a bar chart shows."""
    return "Bars. " + ", ".join(f"{bar.label} {bar.text}" for bar in rows) + "."


def _field_text(name: str, fields: Document, row: Document) -> str:
    label = fields[name]["x-label"] if name in fields else name
    return f"{label}: {shown(row[name], fields.get(name))}" if name in row else str(label)
