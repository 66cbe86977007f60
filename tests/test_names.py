"""Names of columns: checked, listed and looked for."""

from __future__ import annotations

import pytest

from training.errors import InputError
from training.sources.names import check_header, suggest_name


def test_names_that_are_all_different_are_a_header() -> None:
    assert check_header(["a", "A", " a", "1", "select"], "t.csv") == ["a", "A", " a", "1", "select"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (["a", "b", "a"], "t.csv has more than one column named 'a', the columns 1 and 3; rename one of them"),
        (["a", ""], "t.csv: column 2 has no name; name it, or save the table without it"),
        (
            ["", "a"],
            "t.csv: column 1 has no name, as the index has that pandas writes unless told index=False; name it, or save "
            "the table without it",
        ),
        (["a", " b", " y"], "t.csv has a space behind each comma, as its header shows; save it without them"),
    ],
)
def test_header_that_cannot_be_used_is_refused(header: list[str], message: str) -> None:
    with pytest.raises(InputError) as error:
        check_header(header, "t.csv")
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("name", "header", "words"),
    [
        ("agee", ["name", "age"], "the nearest name is 'age', its columns are name, age"),
        ("age", ["NAME", " AGE"], "the nearest name is ' AGE', its columns are NAME,  AGE"),
        ("zzz", ["a\nb", "größe"], "its columns are 'a\\nb', größe"),
        ("zzz", ["name", "age"], "its columns are name, age"),
        ("zzz", [f"c{i}" for i in range(10)], "its columns are c0, c1, c2, c3, c4, c5, c6, c7, c8, c9"),
        (
            "zzz",
            [f"c{i}" for i in range(1_200)],
            "its columns are c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, ... (1,200 in all)",
        ),
    ],
)
def test_nearest_name_is_suggested_and_long_lists_are_cut(name: str, header: list[str], words: str) -> None:
    assert suggest_name(name, header) == words
