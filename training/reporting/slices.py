"""The slices: what the report and the card say of parts of the rows, and by which figures."""

from __future__ import annotations

from typing import Any

from training.reporting.digits import show_percent

# The figures of a slice, in tables narrow enough to print.
SLICE_TABLES = {
    "binary": (
        ("roc_auc", "calibration_slope", "calibration_intercept"),
        ("log_loss", "log_loss_skill", "brier_score", "brier_skill", "average_precision", "expected_calibration_error"),
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
        ("Ranking", "ROC AUC with its 95% interval; the line is that of all rows."),
        ("Calibration", "Observed share with its 95% Wilson interval, and the mean prediction."),
    ),
    "multiclass": (
        ("Skill", "Log loss skill with its 95% interval; the line is that of all rows."),
        (
            "Calibration",
            "Share that was right with its 95% Wilson interval, and the mean probability of the likeliest class.",
        ),
    ),
    "regression": (
        ("Error", "Mean absolute error with its 95% interval; the line is that of all rows."),
        ("Bias", "Mean of prediction minus observed value with its 95% interval."),
    ),
}
SHOWN_SHARE = 0.1  # of rows flagged at most, by the threshold that flagging is explained by


def view_slices(document: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """Return what both templates say of slices; `labels` are those of the features."""
    metrics, task = document["metrics"], document["task"]
    small, tables, threshold = metrics["small"], SLICE_TABLES[task], shown_threshold(metrics["thresholds"])
    names = {entry["column"]: entry["label"] for entry in metrics["slices"]}
    return {
        "slice_tables": tables,
        "slice_words": SLICE_WORDS[task],
        "slice_labels": {name: labels.get(name, f"{label} (not used by the model)") for name, label in names.items()},
        "only_sliced": [label for name, label in names.items() if name not in labels],
        "intervals": [count_intervals(metrics["slices"], table) for table in tables],
        "few": f"under {small['rows']} rows"
        + (f", or under {small['cases']} of one class" if task == "binary" else ""),
        "flagging": show_percent(threshold["threshold"]) if threshold else None,
        "flagging_all": show_percent(threshold["flagged"]) if threshold else None,
    }


def shown_threshold(lines: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the line of the threshold table that slices are flagged by: the most rows, but at most a tenth."""
    return max(
        (line for line in lines if line["flagged"] <= SHOWN_SHARE), key=lambda line: line["flagged"], default=None
    )


def count_intervals(slices: list[dict[str, Any]], names: tuple[str, ...]) -> int:
    """Return how many intervals a table of these figures shows."""
    return sum(entry["figures"][name]["low"] is not None for entry in slices for name in names)
