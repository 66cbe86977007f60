"""The charts: bars with their labels above them, which fit a phone, and curves, in colours for light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import altair as alt
import pandas  # noqa: F401 - else Altair meets it half imported: Streamlit imports it in another thread

# Each has a contrast of 3 to 1 at least with both themes' ground.
ACCENT, OTHER, MUTED = "#6a67e0", "#c2620e", "#8a8f98"
PALETTE = [ACCENT, OTHER, "#2f8f6b", "#b0558f", "#8a7a1f", "#3d86c6", MUTED]
TEXT = "currentColor"  # the page's, which knows whether it is dark
Picture = alt.LayerChart | alt.FacetChart
ROW_PX, FONT_PX = 46, 14


class Bar(NamedTuple):
    """A row of a bar chart: its label, its value, the value in words, its colour, and where a mark is put across it."""

    label: str
    value: float
    text: str
    colour: str = ACCENT
    usual: float | None = None


def bars(rows: Sequence[Bar], *, start: float | None = 0, end: float | None = None) -> Picture:
    """Return horizontal bars from `start`, to at least `end`; the label is above each, its value in words at the right.

    Without a start, points take the place of bars: there is no zero to start from.
    """
    values = [value for bar in rows for value in (bar.value, bar.usual) if value is not None]
    values += [value for value in (start, end) if value is not None]
    low, high = min(values), max(values)
    margin = 0.02 * (high - low or abs(high) or 1)
    domain = [value if value in (start, end) else value + side * margin for value, side in ((low, -1), (high, 1))]
    data = [bar._asdict() | {"row": position, "start": start} for position, bar in enumerate(rows)]
    base = alt.Chart({"values": data}).encode(y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0)))
    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=domain, nice=False, zero=False))
    colour = alt.Color("colour:N", scale=None, legend=None)
    if start is None:
        shapes = base.mark_circle(size=140, opacity=1, yOffset=9).encode(x=x, color=colour)
    else:
        shapes = base.mark_bar(height=12, yOffset=9, cornerRadius=2).encode(x=x, x2="start:Q", color=colour)
    layers = [
        shapes,
        base.mark_text(align="left", color=TEXT, fontSize=FONT_PX, yOffset=-9, limit=alt.ExprRef("width - 110")).encode(
            x=alt.value(0), text="label:N"
        ),
        base.mark_text(align="right", color=TEXT, fontSize=FONT_PX, fontWeight=600, yOffset=-9).encode(
            x=alt.value("width"), text="text:N"
        ),
    ]
    if any(bar.usual is not None for bar in rows):
        layers.append(base.mark_tick(height=22, thickness=2, yOffset=9, color=OTHER).encode(x="usual:Q"))
    if start is not None and low < start < high:
        layers.append(base.mark_tick(height=22, thickness=1, yOffset=9, color=MUTED).encode(x="start:Q"))
    chart: Picture = alt.layer(*layers).properties(height=ROW_PX * len(rows)).configure_view(stroke=None)
    return chart


def curves(
    points: Sequence[dict[str, Any]], titles: tuple[str, str], form: str, marker: float | None, *, is_time: bool
) -> Picture:
    """Return a curve of y over x per class, with the current point on each, and a line at `marker`.

    A point is {x, y, class, name, text}; the name of the current one ends in "(this row)". Shares have a `form`.
    """
    classes = list(dict.fromkeys(point["class"] for point in points))
    base = alt.Chart({"values": list(points)}).encode(
        x=alt.X(
            "x:T" if is_time else "x:Q",
            title=titles[0],
            scale=alt.Scale(type="utc", nice=False) if is_time else alt.Scale(zero=False, nice=False),
            axis=alt.Axis(grid=False, format="%Y-%m-%d", labelOverlap=True) if is_time else alt.Axis(grid=False),
        ),
        y=alt.Y(
            "y:Q", title=None, axis=alt.Axis(tickCount=5, format=form or ",.6~g"), scale=alt.Scale(zero=bool(form))
        ),
        color=alt.Color(
            "class:N",
            sort=None,
            title=None,
            scale=alt.Scale(domain=classes, range=PALETTE),
            legend=alt.Legend(orient="top", labelLimit=240) if len(classes) > 1 else None,
        ),
        tooltip=[alt.Tooltip("name:N", title=titles[0]), alt.Tooltip("text:N", title=titles[1])],
    )
    layers: list[Any] = [base.mark_line(strokeWidth=2.5)]
    if marker is not None:
        rule = alt.Chart({"values": [{"y": marker}]}).mark_rule(strokeDash=[4, 4], color=OTHER, strokeWidth=1.5)
        layers.insert(0, rule.encode(y="y:Q"))
    if here := [point for point in points if point["name"].endswith("(this row)")]:
        layers.append(base.mark_circle(size=160, opacity=1).properties(data={"values": here}))
    chart: Picture = alt.layer(*layers).properties(height=320)
    return chart


def intervals(points: Sequence[dict[str, Any]], titles: tuple[str, str], form: str) -> Picture:
    """Return the observed means over the predicted ones with their intervals; on the diagonal they would be equal."""
    ends = [
        value for point in points for value in (point["predicted"], point["low"], point["high"]) if value is not None
    ]
    scale = alt.Scale(domain=[min(ends), max(ends)], nice=True, zero=False)
    axis = alt.Axis(format=form, tickCount=5)
    base = alt.Chart({"values": list(points)}).encode(
        x=alt.X("predicted:Q", title=titles[0], scale=scale, axis=axis),
        tooltip=[alt.Tooltip("text:N", title="Bin")],
    )
    line = (
        alt.Chart({"values": [{"at": min(ends)}, {"at": max(ends)}]})
        .mark_line(color=MUTED, strokeDash=[4, 4], strokeWidth=1.5)
        .encode(x=alt.X("at:Q", scale=scale), y=alt.Y("at:Q", scale=scale))
    )
    chart: Picture = alt.layer(
        line,
        base.mark_rule(color=ACCENT, strokeWidth=2).encode(
            y=alt.Y("low:Q", title=titles[1], scale=scale, axis=axis), y2="high:Q"
        ),
        base.mark_circle(color=ACCENT, size=70, opacity=1).encode(y=alt.Y("observed:Q", scale=scale)),
    ).properties(height=340)
    return chart
