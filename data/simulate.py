"""Simulate data/births.csv from the published figures in data/figures.json.

Each feature is drawn from its published shares, independently of the others; the target from the published main-effect
log-odds. The table has one line per distinct row, with a count.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SEED = 0


def simulate(figures: dict[str, Any], seed: int) -> pd.DataFrame:
    """Return one line per distinct row: the five features, `preterm_indicator` and `count` (whole births)."""
    generator = np.random.default_rng(seed)
    features = figures["features"]
    effects = figures["main_effects_log_odds"]
    cells = list(itertools.product(*features.values()))

    share = np.array(
        [np.prod([features[f][c]["share"] for f, c in zip(features, cell, strict=True)]) for cell in cells]
    )
    log_odds = effects["intercept"] + np.array(
        [sum(effects["effects"][f][c] for f, c in zip(features, cell, strict=True)) for cell in cells]
    )
    births = generator.multinomial(figures["births"], share / share.sum())
    preterm = generator.binomial(births, 1 / (1 + np.exp(-log_odds)))

    table = pd.DataFrame(cells * 2, columns=list(features))
    table["preterm_indicator"] = np.repeat([0, 1], len(cells))
    table["count"] = np.concatenate([births - preterm, preterm])
    return table[table["count"] > 0]


def main() -> None:
    """Write data/births.csv."""
    figures = json.loads((HERE / "figures.json").read_text(encoding="utf-8"))
    simulate(figures, SEED).to_csv(HERE / "births.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
