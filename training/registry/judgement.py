"""The judgement: whether a version is worse than the live one, by their figures on rows held out of training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from training.errors import InputError
from training.summary import LOSSES

NAMES = {**LOSSES, "log_loss_skill": "skill (share of the base rate's log loss taken off)", "r2": "R2"}
FORCE = "; --force promotes it all the same"
Tell = Callable[[str], None]


def judge(candidate: Mapping[str, Any], live: Mapping[str, Any], tell: Tell) -> None:
    """Compare two manifests and tell what was found.

    On the same held-out rows (same data, target, seed) the losses are compared: the candidate's value may be as high as
    the upper end of the live one's 95 % interval. Their errors go up and down together there, since the rows are the
    same, so that the interval is wider than that of their difference, which cannot be computed as the bootstrap draws
    are not kept: what is refused is surely worse, what passes may be a little worse.

    On other rows a loss says more of the rows than of the model. There the skills are compared, which have what is
    usual in their own rows taken out: the lower end of the 95 % interval of live - candidate must not be above 0. That
    interval is of two independent estimates, by their own intervals (MOVER: Zou and Donner 2008,
    doi:10.1002/sim.3095). Where an interval is missing, it has no width.

    Raises:
        InputError: the candidate is worse, or nothing can be compared.
    """
    new, old = candidate["model"], live["model"]
    version, live_version = candidate["version"], live["version"]
    for key, what in (("task", "task"), ("target", "target")):
        if new[key] != old[key]:
            raise InputError(
                f"{version} and {live_version}, which is live, cannot be compared: the {what} is {_short(new[key])} "
                f"instead of {_short(old[key])}" + FORCE
            )
    if new["fields"] != old["fields"]:
        changes = [
            f"{sign} {', '.join(names)}"
            for sign, names in (
                ("with", sorted({*new["fields"]} - {*old["fields"]})),
                ("without", sorted({*old["fields"]} - {*new["fields"]})),
            )
            if names
        ]
        tell(f"note: rows change for those who ask: {', '.join(changes)}")
    same_rows = all(new[key] == old[key] for key in ("data_sha256", "seed", "held_out_rows"))
    kind = "loss" if same_rows else "skill"
    a, b = new[kind], old[kind]
    if None in (a["value"], b["value"]):
        raise InputError(
            f"{version} and {live_version}, which is live, cannot be compared: one has no {a['name']}" + FORCE
        )
    if same_rows:
        is_worse = a["value"] > _end(b, "high")
        basis = "the same held-out rows"
    else:
        widths = b["value"] - _end(b, "low"), _end(a, "high") - a["value"]
        is_worse = b["value"] - a["value"] > math.hypot(*widths)
        is_data_same = new["data_sha256"] == old["data_sha256"]
        basis = "other held-out rows of the same data" if is_data_same else "held-out rows of its own data each"
    said = f"{NAMES[a['name']]} {_figure(a)}, and {_figure(b)} of {live_version}, which is live, on {basis}"
    if is_worse:
        raise InputError(f"{version} is worse: {said}" + FORCE)
    tell(f"note: {version} is not worse beyond the 95% intervals: {said}")


def _end(figure: Mapping[str, Any], end: str) -> float:
    return float(figure["value"] if figure[end] is None else figure[end])


def _figure(figure: Mapping[str, Any]) -> str:
    ends = "no interval" if figure["low"] is None else f"{figure['low']:.6f} to {figure['high']:.6f}"
    return f"{figure['value']:.6f} ({ends})"


def _short(value: Any) -> str:
    return str(value["name"] if isinstance(value, Mapping) else value)
