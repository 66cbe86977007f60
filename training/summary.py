"""What a person reads after training: a few lines on the data, the choice and how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from training.drafting import Draft
from training.properties import choices_of
from training.reporting.view import count_fitted, describe_candidate

MOST_NAMES = 6
LOSSES = {"log_loss": "log loss", "rmse": "root mean squared error"}


def print_summary(document: dict[str, Any], out: Path, function_model: Path | None = None) -> None:
    """Print the summary of a model.json's contents; `out` is the folder it is in, `function_model` the function's."""
    metrics, data, parity = document["metrics"], document["provenance"]["data"], document["parity"]
    console = Console(highlight=False, markup=False, soft_wrap=True)
    usual = (
        f"base rate {document['baseline']['base_rate']:.4f}"
        if document["task"] == "binary"
        else f"mean {document['baseline']['base_value']:.6g}"
        if document["task"] == "regression"
        else f"{len(document['target']['classes'])} classes"
    )
    console.print(
        f"{document['title']}: {data['rows']:,} rows of {data['file']}, {data['distinct_rows']:,} of them distinct; "
        + usual
    )
    console.print(_candidates(metrics, count_fitted(document)))
    chosen = describe_candidate(metrics["chosen"]).replace("\N{NO-BREAK SPACE}", " ")  # which not every terminal has
    reason = (
        "by problem.toml" if metrics["chosen"]["stated"] else "the simplest within one standard error of the least loss"
    )
    console.print(f"Chosen: {chosen}, {reason}.")
    console.print(f"On {metrics['held_out']['rows']:,} held-out rows:")
    for sentence in metrics["verdict"]:
        console.print(f"  {sentence}")
    console.print(
        f"Parity with scikit-learn: {parity['rows'] + parity['edge_rows']:,} rows agree "
        f"to {parity['largest_difference']:.1e}, {parity['refused_rows']} bad rows refused"
    )
    served = " and in the function" if function_model else "; the function keeps its own"
    console.print(f"Model {document['version']} is in {out}{served}. The whole story: {out / 'report.html'}")


def print_draft(draft: Draft) -> None:
    """Print what was inferred of a table, a line per column."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    target, counts = draft.target, draft.table.counts
    classes = ", ".join(target.classes[:MOST_NAMES]) + ", ..." * (len(target.classes) > MOST_NAMES)
    asked = f"; the probability of {target.classes[1]} is answered" if target.task == "binary" else ""
    console.print(
        f"{draft.table.source}: {counts.sum():,} rows, {len(counts):,} of them distinct. "
        f"Target {target.name}: {target.task}" + (f", {classes}{asked}" if classes else "")
    )
    table = Table(box=None)
    for heading in ("column", "kind", "values", "missing", "such as"):
        table.add_column(heading, justify="right" if heading in ("values", "missing") else "left")
    for name in draft.table.rows.columns:
        texts = draft.table.rows[name]
        if name != target.name:
            kind = draft.kinds[name].name if name in draft.kinds else "left out"
            gaps = counts[texts.isna()].sum() / counts.sum()
            table.add_row(name, kind, f"{texts.nunique():,}", f"{gaps:.1%}" if gaps else "", _describe(draft, name))
    console.print(table)
    reasons = [f"the column {name!r} is left out: {why}" for name, why in draft.left_out.items() if ";" in why]
    for note in [*draft.doubts, *reasons]:
        console.print(f"note: {note}")


def _describe(draft: Draft, name: str) -> str:
    """Return the range or the choices of a column, or why it is no feature."""
    if name in draft.left_out:
        return draft.left_out[name].partition(";")[0]
    value = draft.schema["properties"][name]
    if "x-range" in value:
        low, high = value["x-range"]
        return f"{low} to {high}" if isinstance(low, str) else f"{low:g} to {high:g}"
    choices = [str(choice) for choice in choices_of(value) if choice is not None]
    return (" < " if value.get("x-ordered") else ", ").join(choices[:MOST_NAMES]) + ", ..." * (
        len(choices) > MOST_NAMES
    )


def _candidates(metrics: dict[str, Any], fitted: int) -> Table:
    """Return a line per candidate, with the settings of its least loss, or of the choice."""
    validation, chosen = metrics["cross_validation"], metrics["chosen"]
    drawn = "" if validation["rows"] == fitted else f" of {fitted:,}"
    table = Table(
        title=f"{LOSSES[validation['loss']].capitalize()} over {validation['folds']} folds of {validation['rows']:,} "
        f"rows{drawn}, {validation['repeats']} times",
        title_justify="left",
        box=None,
    )
    for heading in ("candidate", "loss", "more than least", "standard error"):
        table.add_column(heading, justify="left" if heading == "candidate" else "right", no_wrap=True)
    for name in dict.fromkeys(line["candidate"] for line in validation["candidates"]):
        lines = [line for line in validation["candidates"] if line["candidate"] == name]
        is_chosen = name == chosen["candidate"]
        best = min(lines, key=lambda line: float(line["loss"]))
        if is_chosen:
            (best,) = (line for line in lines if line["settings"] == chosen["settings"])
        table.add_row(
            name + (" (chosen)" if is_chosen else ""),
            f"{best['loss']:.6g}",
            f"{best['excess']:.2g}",
            f"{best['excess_standard_error']:.2g}",
        )
    return table
