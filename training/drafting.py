"""The draft: what is inferred of a new table, for a problem.toml that says it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training import ROOT
from training.checks import find_doubts, set_aside
from training.dataset import check_rows
from training.dates import find_formats
from training.errors import CellError, InputError
from training.kinds import Kind, find_kind
from training.problem import Column, Problem
from training.properties import Schema
from training.schema import derive_schema, label_column
from training.selection import Report
from training.sources.names import suggest_name
from training.sources.places import locate
from training.sources.source import locate as locate_file
from training.sources.source import name_source, open_source
from training.sources.texts import MISSING_WORDS, parse_numbers
from training.table import Table, read_table
from training.target import Target, derive_target

# These mean missing in whatever column; NA and None may be categories, unless the rest of a column is numbers or dates.
ALWAYS_MISSING = MISSING_WORDS - {"NA", "-", ".", "missing", "unknown"}
SENSITIVE = frozenset(["age", "sex", "gender", "race", "ethnicity", "religion", "nationality", "disability"])


@dataclass(frozen=True)
class Draft:
    """What was inferred of a table: the problem, the target, and of each feature its kind and its property.

    `left_out` has a reason for each column that is no feature, `doubts` what may be meant in another way.
    """

    problem: Problem
    table: Table
    target: Target
    kinds: dict[str, Kind]
    schema: Schema
    left_out: dict[str, str]
    doubts: list[str]


def draft(
    source: str,
    target: str,
    weight: str | None,
    query: str | None,
    report: Report,
    ignored: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> Draft:
    """Infer what there is to say of the table at `source` for predicting its column `target`.

    Columns that are `ignored` are not read; `missing` are texts that mean missing beside those that are found.

    Raises:
        InputError: the table cannot be read, or nothing can be predicted from it.
    """
    for name in (target, weight):
        if name in ignored:
            raise InputError(f"--ignore {name!r}: that column is the target or the weight; leave one of the two out")
    if target == weight:
        raise InputError(f"--target and --weight are both {target!r}; the weight is a column of counts")
    report(f"reading {name_source(source)}")
    problem = Problem(
        name=_slug(query if query and query.isidentifier() else _stem(source)),
        title="",
        data=_place(source),
        target=target,
        weight=weight,
        query=query,
        missing_values=["", *missing],
        columns={name: Column(ignore=True) for name in ignored},
    )
    problem = replace(problem, title=label_column(target, problem))
    if weight is not None:
        with open_source(source, problem) as opened:
            if weight not in opened.header:  # training takes a table without it for one of single rows
                raise InputError(f"{opened.name} lacks the weight {weight!r}; {suggest_name(weight, opened.header)}")
    table = read_table(source, problem)
    words, doubtful = _find_missing_words(table, target)
    if words:
        problem = replace(problem, missing_values=[*problem.missing_values, *words])
        table = read_table(source, problem)
    try:
        drafted = _infer(table, problem)
    except CellError as error:
        located = locate(error, source, problem)
        raise InputError(f"{located}. For init, --missing and --ignore say what problem.toml would") from None
    return replace(drafted, doubts=[*table.notices, *doubtful, *drafted.doubts])


def _infer(table: Table, problem: Problem) -> Draft:
    found = derive_target(table, problem)
    positive = found.classes[1] if found.task == "binary" else None
    used, left_out = set_aside(table, problem)
    features = [name for name in used.rows.columns if name != problem.target]
    problem = replace(problem, task=found.task, positive=positive, sensitive=[*filter(_is_sensitive, features)])
    kinds = {name: find_kind(used.rows[name], used.counts, Column()) for name in features}
    doubts = find_doubts(used, problem)
    try:
        check_rows(used, found, found.parse(used.rows[problem.target]))
    except InputError as error:
        doubts.append(f"training will refuse this table: {error}")
    return Draft(problem, table, found, kinds, derive_schema(used, problem), left_out, doubts)


def _find_missing_words(table: Table, target: str) -> tuple[list[str], list[str]]:
    """Return the texts that mean missing: some in any feature, some where all else is numbers, or dates.

    One that stands for itself in another column, as "unknown" among categories or the "-" of a target may, is none of
    them: missing_values are those of the whole table. Of such words the second list has notices.
    """
    words: set[str] = set()
    kept: dict[str, str] = {}
    for name in table.rows.columns:
        texts = set(table.rows[name].dropna().unique())
        rest = sorted(texts - MISSING_WORDS)
        numbers = parse_numbers(rest)
        if rest and (not np.isnan(numbers).any() or find_formats(rest)):
            words |= texts & MISSING_WORDS
            continue
        always = ALWAYS_MISSING if name != target else frozenset()
        words |= texts & always
        kept |= dict.fromkeys(texts & (MISSING_WORDS - always), name)
    notices = [
        f"{word!r} seems to mean missing in some columns, but is a value of {kept[word]!r}, and so is taken as it "
        "stands; where it does mean missing, add it to missing_values"
        for word in sorted(words & kept.keys())
    ]
    return sorted(words - kept.keys()), notices


def _place(source: str) -> str:
    """Return what problem.toml calls the source: a path from the root if it lies there, a URL without password."""
    if "://" in source:
        return name_source(source)
    path = locate_file(source).resolve()
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def _stem(source: str) -> str:
    return Path(name_source(source)).name.split(".")[0]


def _slug(text: str) -> str:
    """Return a text as a name: lower-case letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return "-".join(re.findall("[a-z0-9]+", plain)) or "table"


def _is_sensitive(name: str) -> bool:
    """Return whether a column seems to tell people apart, by the words of its name."""
    return not SENSITIVE.isdisjoint(re.findall("[a-z]+", re.sub("([a-z])([A-Z])", r"\1 \2", name).lower()))
