"""Every held-out row is in one group by each column, of whichever kind the column is, and the groups have plain names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.tables import make_problem, make_table
from training.dataset import Dataset, prepare
from training.groups import find_groups
from training.problem import Column

SIZE = 400
COLUMNS: dict[str, list[Any]] = {
    "number": [None if at % 10 == 0 else at % 40 * 1_000 for at in range(SIZE)],
    "member": [at % 3 == 0 for at in range(SIZE)],
    "smokes": [None if at % 8 == 0 else ("t", "f")[at % 2] for at in range(SIZE)],
    "day": [None if at % 10 == 1 else f"{1 + at % 28:02}/02/2024" for at in range(SIZE)],
    "level": [("low", "medium", "high")[at % 3] for at in range(SIZE)],
    "city": ["Bonn" if at % 2 else ("Rome" if at % 4 else f"village {at}") for at in range(SIZE)],
    "code": [(2, 10, 9)[at % 3] for at in range(SIZE)],
}
CITY = Column(kind="category", other=True)


@pytest.fixture(scope="module", params=["features", "ignored"])
def dataset(request: pytest.FixtureRequest) -> Dataset:
    """The columns, once as features, and once beside them."""
    ignored = request.param == "ignored"
    settings = {"city": CITY, "day": Column(format="%d/%m/%Y")}
    if ignored:
        settings = {name: Column(ignore=True) for name in COLUMNS}
    y = (np.arange(SIZE) % 5 == 0).astype(int).tolist()
    table = make_table({**COLUMNS, "x": [at % 7 for at in range(SIZE)], "y": y})
    return prepare(table, make_problem(positive="1", sensitive=list(COLUMNS), columns=settings))


def names(dataset: Dataset, column: str) -> list[str]:
    return [name for name, _chosen in find_groups(dataset, column)]


@pytest.mark.parametrize("column", COLUMNS)
def test_every_row_is_in_one_group(dataset: Dataset, column: str) -> None:
    groups = find_groups(dataset, column)
    assert len(groups) > 1
    assert len({name for name, _chosen in groups}) == len(groups)
    assert (np.sum([chosen for _name, chosen in groups], axis=0) == 1).all()


def test_truth_values_are_yes_and_no(dataset: Dataset) -> None:
    assert names(dataset, "member") == ["No", "Yes"]
    assert names(dataset, "smokes") == ["No", "Yes", "(missing)"]
    (_no, _yes, (_missing, chosen)) = find_groups(dataset, "smokes")
    assert (chosen == dataset.test.groups["smokes"].isna()).all()


def test_choices_stand_in_their_order(dataset: Dataset) -> None:
    assert names(dataset, "level") == ["low", "medium", "high"]
    assert names(dataset, "code") == ["2", "9", "10"]


def test_rare_texts_are_one_group(dataset: Dataset) -> None:
    groups = dict(find_groups(dataset, "city"))
    assert list(groups) == ["Bonn", "Rome", "(other)"]
    assert (groups["(other)"] == dataset.test.groups["city"].str.startswith("village")).all()


def test_numbers_and_dates_are_cut_into_quarters_beside_what_is_missing(dataset: Dataset) -> None:
    for column, end in (("number", "000"), ("day", "2024-02-28")):
        groups = find_groups(dataset, column)
        assert [name for name, _chosen in groups][4:] == ["(missing)"]
        assert groups[3][0].endswith(end)
        sizes = [int(chosen.sum()) for _name, chosen in groups[:4]]
        assert max(sizes) - min(sizes) <= 5
        assert (groups[4][1] == dataset.test.groups[column].isna()).all()
    starts = [name.partition(" to ")[0] for name in names(dataset, "day")[:4]]
    assert starts == sorted(starts)
    assert starts[0] == "2024-02-01"


def test_column_of_groups_that_is_empty_is_one_group() -> None:
    table = make_table({"x": [at % 7 for at in range(100)], "none": [None] * 100, "y": [at % 2 for at in range(100)]})
    problem = make_problem(positive="1", sensitive=["none"], columns={"none": Column(ignore=True)})
    (group,) = find_groups(prepare(table, problem), "none")
    assert group[0] == "(missing)"
    assert group[1].all()


def test_text_that_reads_like_the_others_is_a_group_of_its_own() -> None:
    texts = [("(other)", "Bonn", "Rome")[at % 3] if at % 2 else f"village {at}" for at in range(SIZE)]
    columns: dict[str, list[Any]] = {
        "city": texts,
        "x": [at % 7 for at in range(SIZE)],
        "y": [at % 2 for at in range(SIZE)],
    }
    problem = make_problem(positive="1", sensitive=["city"], columns={"city": Column(ignore=True)})
    found = find_groups(prepare(make_table(columns), problem), "city")
    assert [name for name, _chosen in found] == ["(other)", "Bonn", "Rome", "((other))"]
