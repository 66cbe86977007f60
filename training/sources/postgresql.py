"""PostgreSQL: what it has that Python or a table of single values has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Connection, FromClause

# most of them cannot be grouped by, either
NESTED = ("json", "jsonb", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle")


def read_all_dates(connection: Any) -> None:
    """Let a connection of psycopg read dates that Python has not, such as infinity and the year 10000, as texts."""
    from psycopg import DataError
    from psycopg.types import datetime

    def lenient(loader: Any) -> Any:
        class Lenient(loader):  # type: ignore[misc]
            def load(self, data: Any) -> Any:
                try:
                    return super().load(data)
                except DataError:
                    return bytes(data).decode()

        return Lenient

    for name, loader in (
        ("date", datetime.DateLoader),
        ("timestamp", datetime.TimestampLoader),
        ("timestamptz", datetime.TimestamptzLoader),
    ):
        connection.adapters.register_loader(name, lenient(loader))


def check_types(connection: Connection, clause: FromClause, columns: list[str], name: str) -> None:
    """Check that `columns` hold single values; `name` is what messages call the table.

    Raises:
        InputError: one holds lists or JSON, say.
    """
    import sqlalchemy as sa
    from psycopg.postgres import types

    with connection.execute(sa.select(*(clause.c[column] for column in columns)).limit(0)) as empty:
        codes: list[Any] = [each[1] for each in empty.cursor.description] if empty.cursor else []
    for column, code in zip(columns, codes, strict=True):
        kind = types.get(code)
        if kind is not None and (code == kind.array_oid or kind.name in NESTED):
            shown = f"{kind.name}[]" if code == kind.array_oid else kind.name
            raise InputError(
                f"{name}, column {column!r}: values of the type {shown} are no texts, numbers, truth values or dates; "
                "set ignore = true for the column in problem.toml, or make such values of it in a SELECT as `query`"
            )
