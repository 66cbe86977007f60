"""What a person reads after training: a few lines on the data, the choice and how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def print_summary(document: dict[str, Any], out: Path) -> None:
    """Print the summary of a model.json's contents; `out` is the folder it was written to."""
    metrics, data = document["metrics"], document["provenance"]["data"]
    held_out, validation = metrics["held_out"], metrics["cross_validation"]
    model, base = held_out["model"], held_out["base_rate"]
    gain = 1 - model["log_loss"] / base["log_loss"]

    candidates = Table(
        title=f"Log loss over {validation['folds']} folds of {validation['rows']:,} rows",
        title_justify="left",
        box=None,
    )
    for heading in ("candidate", "log loss", "standard error"):
        candidates.add_column(heading, justify="left" if heading == "candidate" else "right")
    for line in validation["candidates"]:
        mark = " (chosen)" if line["candidate"] == metrics["chosen"] else ""
        candidates.add_row(line["candidate"] + mark, f"{line['log_loss']:.6f}", f"{line['standard_error']:.6f}")

    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(
        f"{document['title']}: {data['rows']:,} rows of {data['file']}, {data['distinct_rows']:,} of them distinct; "
        f"base rate {document['baseline']['base_rate']:.4f}"
    )
    console.print(candidates)
    console.print(
        f"On {held_out['rows']:,} held-out rows: ROC AUC {model['roc_auc']:.4f}, log loss {model['log_loss']:.6f} "
        f"({gain:.2%} better than the base rate's {base['log_loss']:.6f}), Brier score {model['brier_score']:.6f}"
    )
    parity = document["parity"]
    console.print(
        f"Parity with scikit-learn: {parity['rows'] + parity['edge_rows']:,} rows agree "
        f"to {parity['largest_difference']:.1e}, {parity['refused_rows']} bad rows refused"
    )
    console.print(f"Model {document['version']} is in {out} and in the function.")
