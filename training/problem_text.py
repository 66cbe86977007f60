"""The text of a drafted problem.toml: what was inferred of a table, with the reasons as comments."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from predict.cells import ISO
from training.drafting import Draft
from training.properties import Schema, is_nullable
from training.sources.source import is_database
from training.writing import write_files

MOST_SHOWN = 12  # choices of a category
TRAVELS = "a file in this repository travels with it"
STAYS = "copy it into data/, and it travels with the repository"
WIDTH = 36  # where comments begin

HEAD = """\
# What is predicted, from what, and how people read it. Drafted by `python -m training init` from the table itself:
# every line can be changed, and what stands behind a # in front of a key is what is inferred where the key is left out.
"""
COLUMNS = """\
# Every other column of the table is a feature. Each may have, beside what is below: description and unit, which forms
# show; choices in the order people expect, other = true for texts beyond them; missing = true for what may be left out.
# Kinds are "category", "ordered" (a category whose choices have an order), "number", "integer", "boolean" and "date".
"""


def write_problem(draft: Draft) -> str:
    """Return the text of a problem.toml."""
    problem, target = draft.problem, draft.target
    lines = [HEAD, _line("name", problem.name, "used in file names and the API: lower-case letters, digits, hyphens")]
    lines.append(_line("title", problem.title, "what the page and the report are called"))
    travels = STAYS if Path(problem.data).is_absolute() else TRAVELS
    if is_database(problem.data):
        travels = "without user and password, which --data takes"
    lines.append(_line("data", problem.data, travels))
    if problem.query:
        lines.append(_line("query", problem.query))
    lines.append(_line("target", problem.target, "the column to predict"))
    lines.append(_line("task", target.task, _count_classes(draft)))
    if target.task == "binary":
        lines.append(
            _line(
                "positive",
                problem.positive,
                f"the class whose probability is answered, not {_write(target.classes[0])}",
            )
        )
    if target.classes:
        named = ", ".join(f"{_key(text)} = {_write(text)}" for text in target.classes)
        lines.append(_comment("labels", f"{{ {named} }}", "what people read for the classes"))
    if problem.weight:
        lines.append(_line("weight", problem.weight, "how many identical rows a line stands for"))
    lines.append(_line("missing_values", problem.missing_values, "the texts that mean missing"))
    lines.append(_line("sensitive", problem.sensitive, "columns by which figures are told apart"))
    lines += [
        _line("seed", problem.seed),
        _line("bake", problem.bake, 'or "image", a container with scikit-learn, for any estimator'),
    ]
    lines.append(
        _comment("estimator", '"sklearn.svm.SVC"', 'instead of those that are compared; most need bake = "image"')
    )
    lines.append(_comment("caveats", "[]", "what a reader has to know before trusting an answer"))
    lines += ["", COLUMNS]
    header = [name for name in draft.table.rows.columns if name != problem.target]
    columns = [_column(draft, name) for name in header]
    columns += [[_align(f"[columns.{_key(name)}]", "left out, as told"), "ignore = true"] for name in problem.columns]
    return "\n".join([*lines, *("\n".join(column) + "\n" for column in columns)])


def _column(draft: Draft, name: str) -> list[str]:
    head = f"[columns.{_key(name)}]"
    if name in draft.left_out:
        return [_align(head, f"left out: {draft.left_out[name]}"), "ignore = true"]
    value, kind = draft.schema["properties"][name], draft.kinds[name]
    lines = [_align(head, _describe(draft, name, value)), _line("label", value["x-label"])]
    lines.append(_line("kind", kind.name, f"or {kind.doubtful}?" if kind.doubtful else ""))
    if kind.format not in (None, ISO):
        lines.append(_line("format", kind.format))
    if kind.name == "ordered":
        lines.append(_line("choices", list(kind.choices), "lowest first"))
    elif kind.name == "category" and not kind.other and len(kind.choices) <= MOST_SHOWN:
        lines.append(_comment("choices", _write(list(kind.choices))))
    if kind.other:
        lines.append(_comment("other", "true", f"all but the {len(kind.choices)} most common count as one"))
    if "x-range" in value:
        limits = "" if kind.name == "date" else "stated, it is a limit: numbers beyond it are refused"
        lines.append(_comment("range", _write(value["x-range"]), limits))
    lines.append(_comment("typical", _write(value["x-example"]) if value["x-example"] is not None else '""'))
    return lines


def _describe(draft: Draft, name: str, value: Schema) -> str:
    texts, counts = draft.table.rows[name], draft.table.counts
    gaps = int(counts[texts.isna()].sum())
    missing = f", missing in {gaps:,} of {int(counts.sum()):,} rows" if is_nullable(value) and gaps else ""
    different = texts.nunique()
    return f"{different:,} different value{'s' * (different != 1)}{missing}"


def _count_classes(draft: Draft) -> str:
    target, rows = draft.target, draft.table.rows[draft.problem.target]
    if not target.classes:
        return f"{rows.nunique():,} different numbers"
    counts = [int(draft.table.counts[rows == text].sum()) for text in target.classes]
    shown = ", ".join(
        f"{text} {count:,}" for text, count in list(zip(target.classes, counts, strict=True))[:MOST_SHOWN]
    )
    return f"rows of each class: {shown}" + ", ..." * (len(counts) > MOST_SHOWN)


def _line(key: str, value: Any, comment: str = "") -> str:
    return _align(f"{key} = {_write(value)}", comment)


def _comment(key: str, text: str, comment: str = "") -> str:
    return _align(f"# {key} = {text}", comment)


def _align(text: str, comment: str) -> str:
    return f"{text:{WIDTH - 1}} # {_plain(comment)}" if comment else text


def _plain(comment: str) -> str:
    """Return a comment without what may not stand in one, such as the line break in a name of a class."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", comment)


def _key(name: str) -> str:
    """Return a name as a key of TOML."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _write(name)


def _write(value: Any) -> str:
    """Return a value as TOML has it, which is as JSON has it but for one sign and for texts that are no Unicode."""
    if isinstance(value, float):
        return repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_draft(draft: Draft, out: Path) -> Path | None:
    """Write the text of a problem.toml to `out`; return where the file that was there is kept, if another was.

    Raises:
        InputError: it cannot be written.
    """
    text = write_problem(draft).encode()
    before = out.read_bytes() if out.is_file() else text
    kept = {out.with_name(f"{out.name}.before"): before} if before != text else {}
    write_files({**kept, out: text})
    return next(iter(kept), None)
