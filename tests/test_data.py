"""data/births.csv is what data/simulate.py makes of data/figures.json."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import BIRTHS
from training import ROOT
from training.problem import read_problem

FIGURES = json.loads((ROOT / "data" / "figures.json").read_text(encoding="utf-8"))
SIMULATION = runpy.run_path(str(ROOT / "data" / "simulate.py"))


@pytest.fixture(scope="module")
def births() -> pd.DataFrame:
    return pd.read_csv(ROOT / "data" / "births.csv", keep_default_na=False)


def test_table_is_regenerated_byte_for_byte(tmp_path: Path) -> None:
    SIMULATION["simulate"](FIGURES, SIMULATION["SEED"]).to_csv(
        tmp_path / "births.csv", index=False, lineterminator="\n"
    )
    assert (tmp_path / "births.csv").read_bytes() == (ROOT / "data" / "births.csv").read_bytes()


def test_another_seed_gives_another_table(births: pd.DataFrame) -> None:
    other = SIMULATION["simulate"](FIGURES, SIMULATION["SEED"] + 1)
    assert list(other.columns) == list(births.columns)
    assert other["count"].sum() == births["count"].sum()
    assert not other.reset_index(drop=True).equals(births)


def test_each_line_is_a_distinct_row_with_a_count(births: pd.DataFrame) -> None:
    assert not births.drop(columns="count").duplicated().any()
    assert (births["count"] >= 1).all()
    assert births["count"].sum() == FIGURES["births"]


@pytest.mark.parametrize("feature", FIGURES["features"])
def test_shares_of_categories_are_the_published_ones(births: pd.DataFrame, feature: str) -> None:
    published = FIGURES["features"][feature]
    simulated = births.groupby(feature)["count"].sum() / births["count"].sum()
    assert set(simulated.index) == set(published)
    for category, share in simulated.items():
        expected = published[category]["share"]
        # five standard errors, and the rounding of the published share
        assert abs(share - expected) < 5 * (expected / FIGURES["births"]) ** 0.5 + 1e-5


def test_figures_named_in_words_are_the_published_ones() -> None:
    care = FIGURES["features"]["adequate_prenatal_care"]
    words = "({:.1%} against {:.1%})".format(*(care[name]["preterm_rate"] for name in ("Inadequate", "Adequate")))
    read_me = " ".join((ROOT / "data" / "README.md").read_text(encoding="utf-8").split())
    assert [words in caveat for caveat in read_problem(BIRTHS).caveats] == [False, True, False]
    assert words in read_me
    assert f"where the published one is {FIGURES['preterm_rate']:.1%}" in read_me
    assert f"{FIGURES['births']:,} births" in read_me


def test_preterm_rate_is_near_the_published_one(births: pd.DataFrame) -> None:
    """The shares are drawn independently, so the rate cannot be exactly the published one."""
    rate = births.loc[births["preterm_indicator"] == 1, "count"].sum() / births["count"].sum()
    assert abs(rate - FIGURES["preterm_rate"]) < 0.002
