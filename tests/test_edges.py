"""Edge rows are made whatever a column is called; what they are for is in test_parity.py."""

from __future__ import annotations

import pandas as pd

from training.edges import bad_rows, edge_rows

SCHEMA = {
    "properties": {
        "self": {"x-kind": "category", "enum": ["a", "b", None]},
        "value": {"x-kind": "number", "x-range": [1.0, 2.0]},
    }
}
FEATURES = pd.DataFrame({"self": pd.Series(["a", "b"], dtype=object), "value": [1.0, 2.0]})


def test_columns_may_be_called_as_python_calls_its_own() -> None:
    rows = edge_rows(FEATURES, SCHEMA)
    assert len(rows) == 3 * (1 + 3 + 6)
    assert set(rows["self"].dropna()) == {"a", "b"}
    assert rows["self"].isna().sum() == 3
    bad = bad_rows(FEATURES, SCHEMA)
    assert len(bad) == 3
    assert bad["self"].tolist() == ["a category that no table has", "a", "a"]
