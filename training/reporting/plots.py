"""The plots of ranking, calibration and errors: curves and points with intervals."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from training.reporting.canvas import ACCENT, EDGE, MUTED, TEXT, Plot, make_axes, make_plot, style, use_percent
from training.reporting.digits import show_count, show_percent
from training.reporting.glossary import terms_of
from training.reporting.view import Document, positive_share

FIRST_RECALL = 0.02  # of the precision-recall curve, from which its height is taken; before, it is noise
APART = 0.08  # of an axis, between labelled points


def draw_roc(document: Document) -> Plot:
    """Return the ROC curve, with the thresholds of the threshold table as points."""
    metrics = document["metrics"]
    auc, base = metrics["held_out"]["model"]["roc_auc"], positive_share(document)
    points = metrics["curves"]["roc"]
    with style("roc"):
        figure, axes = make_axes(314, 52, top=18)
        axes.plot([0, 1], [0, 1], color=EDGE, linewidth=0.75)
        axes.annotate("chance", (0.72, 0.69), va="top", color=MUTED)
        axes.plot(*zip(*points, strict=True), color=ACCENT)
        rates = [(line["flagged"] * (1 - line["precision"]) / (1 - base), line) for line in metrics["thresholds"]]
        _mark(axes, [(rate, line["recall"], line["flagged"]) for rate, line in rates], (6, -9), first=APART)
        axes.set_xlabel("flagged of the negative rows")
        axes.set_ylabel("flagged of the positive rows (recall)")
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        for which in ("x", "y"):
            use_percent(axes, which)
        at = {share: max((y for x, y in points if x <= share), default=0.0) for share in (0.1, 0.2, 0.5)}
        reads = ", ".join(f"{show_percent(y, 0)} at {show_percent(x, 0)}" for x, y in at.items())
        area = "not known" if auc["value"] is None else f"{auc['value']:.3f}"
        return make_plot(
            figure, f"ROC curve, area {area}, where 0.5 is chance. Positive rows flagged: {reads} of the negative."
        )


def draw_precision_recall(document: Document) -> Plot:
    """Return the precision-recall curve with the line of the base rate."""
    metrics = document["metrics"]
    base = positive_share(document)
    points = metrics["curves"]["precision_recall"]
    highest = max([base, *(precision for recall, precision in points if recall >= FIRST_RECALL)])
    top = 1.0 if highest > 0.6 else math.ceil(highest * 1.25 * 20) / 20
    with style("precision-recall"):
        figure, axes = make_axes(314, 52, top=18)
        axes.axhline(base, color=EDGE, linewidth=0.75)
        axes.annotate(
            f"base rate {show_percent(base)}",
            (0, base),
            (4, -4),
            textcoords="offset points",
            va="top",
            color=MUTED,
        )
        axes.plot(*zip(*points, strict=True), color=ACCENT)
        marks = [(line["recall"], line["precision"], line["flagged"]) for line in metrics["thresholds"]]
        _mark(axes, marks, (4, 5), first=0)
        axes.set(xlim=(0, 1), ylim=(0, top), xlabel="flagged of the positive rows (recall)")
        axes.set_ylabel("positive of the flagged rows (precision)")
        for which in ("x", "y"):
            use_percent(axes, which)
        at = {share: max((p for r, p in points if r >= share), default=base) for share in (0.1, 0.5, 0.9)}
        reads = ", ".join(f"{show_percent(p)} at {show_percent(r, 0)} recall" for r, p in at.items())
        return make_plot(figure, f"Precision-recall curve. Precision: {reads}; the base rate is {show_percent(base)}.")


def _mark(axes: Axes, marks: list[tuple[float, float, float]], offset: tuple[float, float], *, first: float) -> None:
    """Mark points of the threshold table by the share of rows flagged there, and label those far enough apart."""
    last = first - APART
    for x, y, flagged in marks:
        axes.plot(x, y, "o", color=ACCENT, clip_on=False)
        if x - last >= APART:
            side = -1 if x > 1 - APART else 1  # at the right edge, to the left
            axes.annotate(
                show_percent(flagged, 0),
                (x, y),
                (side * offset[0], offset[1]),
                textcoords="offset points",
                ha="left" if side == 1 else "right",
                color=TEXT,
            )
            last = x


def draw_calibration(document: Document) -> Plot:
    """Return mean outcome against mean prediction of each bin of rows, with intervals and the count of rows."""
    lines, regression = document["metrics"]["calibration"], document["task"] == "regression"
    known = [line for line in lines if line["low"] is not None]  # one row of numbers has no interval
    ends = [line[name] for line in lines for name in ("predicted", "observed")]
    ends += [line[name] for line in known for name in ("low", "high")]
    low, high = (min(ends), max(ends)) if regression else (0.0, min(1.0, max(ends) * 1.05))
    margin = 0.03 * (high - low) if regression else 0.0
    limits = (low - margin, high + margin)
    with style("calibration"):
        figure, axes = make_axes(350, 58, 92)
        axes.plot(limits, limits, color=EDGE, linewidth=0.75)
        x = [line["predicted"] for line in lines]
        for line in known:
            axes.vlines(line["predicted"], line["low"], line["high"], color=ACCENT, linewidth=1.25)
        axes.plot(x, [line["observed"] for line in lines], "o", color=ACCENT, clip_on=False)
        axes.set(xlim=limits, ylim=limits, aspect="equal")
        axes.set_ylabel(OBSERVED[document["task"]])
        if not regression:
            use_percent(axes, "y")
        axes.tick_params(labelbottom=False)
        below = figure.add_axes((axes.get_position().x0, 36 / 350, axes.get_position().width, 32 / 350), sharex=axes)
        most = max(line["rows"] for line in lines)
        below.vlines(x, 0, [line["rows"] for line in lines], color=MUTED, linewidth=3)
        below.set(ylim=(0, most), yticks=[0, most], xlabel=PREDICTED[document["task"]])
        below.set_yticklabels(["0", show_count(most)])
        below.annotate("rows", (0, 1), (0, 3), xycoords="axes fraction", textcoords="offset points", color=MUTED)
        below.patch.set_visible(False)
        if not regression:
            use_percent(axes, "x")
        show = terms_of(document)["mae"].show if regression else show_percent
        reads = "; ".join(f"{show(line['predicted'])} predicted, {show(line['observed'])} observed" for line in lines)
        return make_plot(figure, f"Calibration by bins of rows: {reads}.")


OBSERVED = {
    "binary": "observed share of positives",
    "multiclass": "share that was right",
    "regression": "mean observed value",
}
PREDICTED = {
    "binary": "mean predicted probability",
    "multiclass": "mean probability of the likeliest class",
    "regression": "mean predicted value",
}
