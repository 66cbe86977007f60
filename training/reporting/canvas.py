"""The canvas: plain matplotlib figures, turned into SVG that stands in a page and takes its colours and its font."""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter, MaxNLocator

WIDTH = 320  # points, about that of a phone, so that its letters can be read there
RIGHT = 16  # of it, for the last letters of an axis
ROW_HEIGHT, ROW_LABELS = 24, 116  # points
TEXT, MUTED, LINE, EDGE, ACCENT = "#1b1b1a", "#5e5e5a", "#e5e5e0", "#8b8b85", "#4743c0"
CLASSES = (ACCENT, "#b45309", "#0f766e", "#be185d", "#0369a1", "#4d7c0f")
DASHES = ("", "6 3", "2 2", "7 2 2 2", "4 1.5", "1.5 4")  # as SVG writes them
MARKERS = "oDs^vP"
# the page's own colours, which are others in the dark
VARIABLES = {TEXT: "--text", MUTED: "--muted", LINE: "--line", EDGE: "--edge"} | {
    colour: f"--class-{position}" for position, colour in enumerate(CLASSES)
}
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that the layout is the same everywhere
    "font.size": 10,
    "text.color": MUTED,
    "axes.edgecolor": EDGE,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 10,
    "axes.linewidth": 0.75,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.limits": (-4, 5),  # beyond, numbers would not fit beside an axis
    "axes.formatter.useoffset": False,
    "xtick.color": EDGE,
    "ytick.color": EDGE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "lines.linewidth": 1.75,
    "lines.markersize": 5,
    "lines.scale_dashes": False,
}
NOTHING = dict.fromkeys(("Creator", "Date", "Format", "Type"))


@dataclass(frozen=True)
class Plot:
    """A plot as SVG markup; `alt` says what it shows, with its numbers."""

    svg: Markup
    alt: str


@contextmanager
def style(name: str) -> Iterator[None]:
    """Draw in the house style; `name` keeps the ids in the SVG apart from those of other plots on the page."""
    with matplotlib.rc_context({**SETTINGS, "svg.hashsalt": name}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # the page's font may have it
        yield


def make_axes(height: float, left: float, bottom: float = 36, top: float = 12) -> tuple[Figure, Axes]:
    """Return an empty figure, as wide as a phone, and its axes with such margins; all in points."""
    figure = Figure(figsize=(WIDTH / 72, height / 72))
    figure.patch.set_visible(False)
    axes = figure.add_axes((left / WIDTH, bottom / height, 1 - (left + RIGHT) / WIDTH, 1 - (bottom + top) / height))
    axes.patch.set_visible(False)
    return figure, axes


def make_plot(figure: Figure, alt: str) -> Plot:
    """Return a finished figure as SVG with the alternative text `alt`."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata=NOTHING)
    text = file.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", lambda tag: _adapt(tag.group()), text)
    text = re.sub(r"\s*\n\s*", "\n", text).replace("<defs>\n</defs>\n", "")
    return Plot(Markup(text.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)), alt)  # noqa: S704  # nosec B704


def _adapt(tag: str) -> str:
    """Return a tag without sizes, fonts and the ids of groups, and with the page's colours."""
    if tag.startswith("<svg"):
        return re.sub(r' (?:width|height|version)="[^"]*"', "", tag)
    if tag.startswith("<g "):
        return re.sub(r' id="[^"]*"', "", tag)
    tag = re.sub(r"; font-family: [^;\"]*", "", tag)
    return re.sub(r"(fill|stroke): (#[0-9a-f]{6})", _variable, tag)


def _variable(match: re.Match[str]) -> str:
    name, colour = match.groups()
    return f"{name}: var({VARIABLES[colour]})" if colour in VARIABLES else f"{name}: {colour}"


def dash(position: int) -> Any:
    """Return the dashes of a class as matplotlib writes them."""
    return (0, [float(length) for length in DASHES[position].split()]) if DASHES[position] else "-"


def use_percent(axes: Axes, which: str, steps: int = 5) -> None:
    """Write the ticks of an axis, "x" or "y", as percentages."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda share, _at: f"{100 * share:.4g}%"))
    axis.set_major_locator(MaxNLocator(steps, steps=[1, 2, 2.5, 5, 10]))


def wrap(text: str, lines: int = 2) -> str:
    """Return a label as lines that fit beside a row, cut with an ellipsis where there are too many."""
    text = " ".join(text.split()) or "(empty)"
    room = ROW_LABELS - 6
    letters = int(room * len(text) / _measure(text))
    while True:
        found = textwrap.wrap(text, max(4, letters), max_lines=lines, placeholder="…")
        if letters <= 4 or max(map(_measure, found)) <= room:
            return "\n".join(found)
        letters -= 1  # some letters are wider than those of the text on average


def _measure(text: str) -> float:
    """Return the width of a text, in points."""
    width, _height, _descent = text_to_path.get_text_width_height_descent(text, FontProperties(size=10), ismath=False)
    return float(width)


def make_rows(
    labels: list[str], muted: list[bool] | None = None, bottom: float = 34, top: float = 18
) -> tuple[Figure, Axes]:
    """Return a figure and axes whose y axis is a list of labels from the top down, with a faint line for each."""
    figure, axes = make_axes(ROW_HEIGHT * len(labels) + bottom + top, ROW_LABELS, bottom, top)
    positions = range(len(labels))
    axes.set_yticks(positions, [wrap(label) for label in labels])
    for at, text in enumerate(axes.get_yticklabels()):
        text.set_color(MUTED if muted and muted[at] else TEXT)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.hlines(positions, 0, 1, colors=LINE, linewidth=0.75, transform=axes.get_yaxis_transform(), zorder=0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    return figure, axes
