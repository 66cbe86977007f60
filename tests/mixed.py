"""Mixed tables, as people bring them: generated from a seed, with gaps, rare texts, dates and names of every sort."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd

NAMES = (
    ["1st", "class", "größe", "it's", 'say "hi"', "a/b~c", "select", "__proto__", "two words", "x.y", "<b>bold</b>"],
    ["Age", "2", "10", "Straße 1", "from", "naïve?", "100%", "$id", "日本", "e\u0301tat", "constructor"],
)
TASKS = ("binary", "multiclass", "regression")
ROWS = (120, 250, 400)
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y", "%d.%m.%Y")
TARGET = "out come"


def make_mixed(seed: int) -> pd.DataFrame:
    """Return a table of 2 to 11 features and the column TARGET: two classes, several, or a number, by the seed."""
    generator = np.random.default_rng(seed)
    rows = ROWS[seed % len(ROWS)]
    signal = generator.normal(0, 1, rows)
    makers = [_number, _whole, _category, _ordered, _boolean, _date, _many, _skewed, _identifier, _note, _empty]
    drawn = generator.permutation(len(makers))[: int(generator.integers(3, len(makers) + 1))]
    kept = {*drawn.tolist(), 0, 2}  # something to learn from
    columns: dict[str, Any] = {}
    for position in sorted(kept):
        values = makers[position](signal, generator)
        gaps = generator.random(rows) < generator.choice([0, 0.05, 0.4])
        hides = position < 8 and generator.random() < 0.7
        name = NAMES[seed % len(NAMES)][position]
        columns[name] = pd.Series(values, dtype=object).mask(gaps & hides, None)
    score = signal + generator.normal(0, 0.7, rows)
    task = TASKS[seed // len(ROWS) % len(TASKS)]
    if task == "binary":
        columns[TARGET] = np.where(score > np.quantile(score, 0.8), "yes", "no")  # few are positive
    elif task == "multiclass":
        columns[TARGET] = np.array(["low", "mid", "high"])[np.digitize(score, np.quantile(score, [0.3, 0.8]))]
    else:
        columns[TARGET] = (1e4 * score).round(1)
    return pd.DataFrame(columns)


def _number(signal: Any, generator: np.random.Generator) -> Any:
    return (signal + generator.normal(0, 1, len(signal))).round(4)


def _whole(signal: Any, generator: np.random.Generator) -> Any:
    return np.rint(20 + 10 * generator.random(len(signal)) + 3 * signal).astype(int)


def _category(signal: Any, generator: np.random.Generator) -> Any:
    return np.array(["red", "it's", "a, b", "<i>"])[
        np.digitize(signal + generator.normal(0, 1, len(signal)), [-1, 0, 1])
    ]


def _ordered(signal: Any, generator: np.random.Generator) -> Any:
    return np.array(["under 18", "18 to 64", "65+"])[np.digitize(signal + generator.normal(0, 2, len(signal)), [-1, 1])]


def _boolean(signal: Any, generator: np.random.Generator) -> Any:
    return signal + generator.normal(0, 1, len(signal)) > 0


def _date(signal: Any, generator: np.random.Generator) -> Any:
    form = generator.choice(DATE_FORMATS)
    days = 500 + 100 * signal + generator.integers(0, 300, len(signal))
    first = datetime.datetime(2020, 1, 31, 13, 30)
    return [(first + datetime.timedelta(days=int(day))).strftime(form) for day in days]


def _many(signal: Any, generator: np.random.Generator) -> Any:
    share = 1 / np.arange(1, 91)
    return generator.choice([f"city {i}" for i in range(90)], len(signal), p=share / share.sum())


def _skewed(signal: Any, generator: np.random.Generator) -> Any:
    return np.exp(3 * generator.normal(0, 1, len(signal))).round(2)


def _identifier(signal: Any, generator: np.random.Generator) -> Any:
    return np.arange(1, len(signal) + 1)


def _note(signal: Any, generator: np.random.Generator) -> Any:
    return [" ".join(generator.choice(["blood", "late", "ok", "see", "none"], 9)) for _ in signal]


def _empty(signal: Any, generator: np.random.Generator) -> Any:
    return [None] * len(signal)
