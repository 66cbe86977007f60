"""The plot: every round of every contestant, and their medians, beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.measure import FLOOR, FUNCTION, NAIVE, Measure, show

PLOT = Path(__file__).with_name("comparison.png")
COLOURS = {FUNCTION: "#0a6ebd", FLOOR: "#767676", NAIVE: "#b5520b"}
COLUMNS = 3


def draw(measures: Sequence[Measure], path: Path) -> None:
    """Draw a panel for each measure to a PNG file."""
    lines = -(-len(measures) // COLUMNS)
    figure = Figure(figsize=(10, 1.6 * lines), dpi=100, layout="constrained")
    panels = figure.subplots(lines, COLUMNS, squeeze=False).flat
    for panel, measure in zip(panels, measures, strict=False):
        _draw_panel(panel, measure)
    for panel in panels:
        panel.set_axis_off()
    figure.savefig(path)


def _draw_panel(panel: Axes, measure: Measure) -> None:
    """Draw a bar from zero to each median, and a dot for each round that is not far out."""
    names = list(COLOURS)
    generator = np.random.default_rng(0)
    for position, name in enumerate(names):
        rounds, median = measure.rounds[name], measure.median(name)
        panel.barh(position, median, color=COLOURS[name], alpha=0.35)
        spread = generator.uniform(-0.25, 0.25, len(rounds))
        panel.plot(rounds, position + spread, ".", markersize=2.5, color=COLOURS[name])
    panel.set_yticks(range(len(names)), [f"{name}  {show(measure.median(name))}" for name in names])
    panel.invert_yaxis()
    panel.set_xlim(0, 1.2 * max(measure.median(name) for name in names))
    panel.set_title(f"{measure.name}, {measure.unit}", loc="left", fontsize=9)
    panel.spines[["top", "right"]].set_visible(False)
