"""Names: those of a table's columns, checked, listed and looked for."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from training.errors import InputError

MOST_LISTED = 10


def check_header(header: Sequence[str], name: str) -> list[str]:
    """Return the names of the columns of the table `name`.

    Raises:
        InputError: a column has no name, or the name of another.
    """
    positions: dict[str, int] = {}
    for position, column in enumerate(header, start=1):
        if not column:
            index = ", as the index has that pandas writes unless told index=False" if position == 1 else ""
            raise InputError(f"{name}: column {position} has no name{index}; name it, or save the table without it")
        if column in positions:
            raise InputError(
                f"{name} has more than one column named {column!r}, the columns {positions[column]} and {position}; "
                "rename one of them"
            )
        positions[column] = position
    if len(header) > 1 and all(column.startswith(" ") for column in header[1:]):
        raise InputError(f"{name} has a space behind each comma, as its header shows; save it without them")
    return list(header)


def suggest_name(name: str, header: Sequence[str]) -> str:
    """Return the rest of a sentence on a name that no column has: the nearest one, if one is near, and the columns."""
    by_folded = {column.strip().casefold(): column for column in header}
    near = get_close_matches(name.strip().casefold(), by_folded, n=1)
    meant = f"the nearest name is {by_folded[near[0]]!r}, " if near else ""
    rest = f", ... ({len(header):,} in all)" if len(header) > MOST_LISTED else ""
    shown = (column if column.isprintable() else repr(column) for column in header[:MOST_LISTED])
    return f"{meant}its columns are {', '.join(shown)}{rest}"
