"""The database: a table or SELECT of it, folded where it lies, so that only distinct rows travel."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from training.errors import InputError
from training.problem import Problem
from training.sources import postgresql
from training.sources.address import check_encryption, check_file, parse_url, public_name
from training.sources.chunks import CHUNK_ROWS, COUNT, MOST_ROWS, refuse_count
from training.sources.names import check_header
from training.sources.texts import show_values, write_values

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, FromClause, Select
    from sqlalchemy.types import TypeEngine

CONNECT_TIMEOUT_S = 10
SELECT = re.compile(r"\s*(SELECT|WITH)\s", re.IGNORECASE)


@dataclass(frozen=True)
class Relation:
    """What is read of a database: a table, or a SELECT in its place, what reports call it, and its primary key."""

    clause: FromClause
    title: str
    key: tuple[str, ...] = ()


def table_name(problem: Problem) -> str:
    """Return the name of the table that `make db` makes."""
    return problem.name.replace("-", "_")


@contextmanager
def connect(url: str, read_only: bool = True) -> Iterator[Connection]:
    """Yield a connection in a transaction that is committed at the end, or rolled back after an error.

    Raises:
        InputError: the database is unknown, refuses the connection, or refuses what is asked of it.
    """
    import sqlalchemy as sa
    from sqlalchemy.exc import DBAPIError, NoSuchModuleError

    parsed = parse_url(url)
    name = public_name(parsed)
    check_encryption(parsed)
    postgres = parsed.get_backend_name() == "postgresql"
    try:
        options = {"connect_timeout": CONNECT_TIMEOUT_S} if postgres else {}
        engine = sa.create_engine(check_file(parsed), poolclass=sa.NullPool, connect_args=options)
        connection = engine.connect().execution_options(postgresql_readonly=read_only)
    except NoSuchModuleError:
        raise InputError(
            f"{name} cannot be read: a path, file://, s3:// or a database such as postgresql:// is expected"
        ) from None
    except ImportError as error:
        raise InputError(f"{name} cannot be read: its driver {error.name!r} is not installed; install it") from None
    except DBAPIError as error:
        raise InputError(f"{name} refuses the connection: {_reason(error, parsed)}") from None
    try:
        with connection, connection.begin():
            if postgres:
                postgresql.read_all_dates(connection.connection.driver_connection)
            yield connection
    except DBAPIError as error:
        raise InputError(f"{name} refuses the query: {_reason(error, parsed)}") from None


def find(connection: Connection, query: str, name: str) -> Relation:
    """Return the relation that `query`, the name of a table (`schema.table` too) or a SELECT, means.

    `name` is what messages call the database.

    Raises:
        InputError: there is no such table.
    """
    import sqlalchemy as sa
    from sqlalchemy.exc import NoSuchTableError

    if SELECT.match(query):
        select = sa.text(query.strip().rstrip(";").replace(":", r"\:") + "\n")  # it may end in a comment
        inner = sa.text(f"({select.text}) AS answer")
        header = list(connection.execute(sa.select(sa.text("*")).select_from(inner).limit(0)).keys())
        check_header(header, "the query")
        return Relation(select.columns(*map(sa.column, header)).subquery("answer"), "a query")
    *schemas, table = query.split(".", 1)
    schema = schemas[0] if schemas else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sa.exc.SAWarning)  # of types that it does not know
            columns = sa.inspect(connection).get_columns(table, schema)
            key = sa.inspect(connection).get_pk_constraint(table, schema)["constrained_columns"]
    except NoSuchTableError:
        there = sorted(sa.inspect(connection).get_table_names(schema))
        raise InputError(
            f"{name} has no table {query!r}; its tables are "
            f"{', '.join(there[:5]) or 'none'}{', ...' * (len(there) > 5)}; name one with `query` in problem.toml, "
            "or load the table with make db"
        ) from None
    clause = sa.table(table, *(sa.column(each["name"], _type(each["type"])) for each in columns), schema=schema)
    return Relation(clause, f"the table {query}", tuple(key))


def _type(reflected: TypeEngine[Any]) -> TypeEngine[Any] | None:
    """Return the type of a column of truth values, which SQLite keeps as numbers, or of texts, which are no weights."""
    import sqlalchemy as sa

    return reflected if isinstance(reflected, sa.Boolean) or type(reflected) in (sa.TEXT, sa.VARCHAR) else None


def read_folded(
    connection: Connection, clause: FromClause, columns: list[str], weight: str | None, name: str
) -> Iterator[pd.DataFrame]:
    """Yield the distinct rows of `clause`, in pieces of (at most CHUNK_ROWS, columns + COUNT), missing values as NaN.

    Values become texts here, not in the database, since each database writes numbers and truth values in its own way.

    Raises:
        InputError: a weight is no count, or a column holds lists or other nested values.
        CellError: a value is of a type that cannot be used.
    """
    import sqlalchemy as sa

    if weight and isinstance(clause.c[weight].type, sa.String):
        raise InputError(f"{name}: the weight {weight!r} is a column of texts; counts are whole numbers")
    if connection.dialect.name == "postgresql":
        postgresql.check_types(connection, clause, columns, name)
    with connection.execution_options(yield_per=CHUNK_ROWS).execute(_fold(clause, columns, weight)) as result:
        for rows in result.partitions():
            *values, counts, odd, example = zip(*rows, strict=True)
            if weight and any(odd):
                given = next(given for bad, given in zip(odd, example, strict=True) if bad)
                raise refuse_count(write_values([given], weight)[0], weight)
            chunk: dict[str | int, object] = {
                column: pd.Series(write_values(column_values, column), dtype=str)
                for column, column_values in zip(columns, values, strict=True)
            }
            yield pd.DataFrame(chunk | {COUNT: np.array([int(count) for count in counts], np.int64)})


def read_rows(connection: Connection, relation: Relation, columns: list[str]) -> Iterator[pd.DataFrame]:
    """Yield every row, by the primary key if there is one, in pieces of (at most CHUNK_ROWS, columns) texts.

    Raises:
        CellError: a value is of a type that cannot be used.
    """
    import sqlalchemy as sa

    clause = relation.clause
    select = sa.select(*(clause.c[column] for column in columns)).order_by(*(clause.c[name] for name in relation.key))
    with connection.execution_options(yield_per=CHUNK_ROWS).execute(select) as result:
        for rows in result.partitions():
            values = zip(columns, zip(*rows, strict=True), strict=True)
            yield pd.DataFrame({column: pd.Series(write_values(of, column), dtype=str) for column, of in values})


def count_rows(connection: Connection, clause: FromClause) -> int:
    """Return the number of rows."""
    import sqlalchemy as sa

    return int(connection.execute(sa.select(sa.func.count()).select_from(clause)).scalar_one())


def read_cells(connection: Connection, clause: FromClause, column: str) -> Iterator[tuple[str, str | None]]:
    """Yield where each value of a column is, in the order that the database has just now, and its text."""
    import sqlalchemy as sa

    select = sa.select(clause.c[column])
    with connection.execution_options(yield_per=CHUNK_ROWS).execute(select) as result:
        for row, (value,) in enumerate(result, start=1):
            yield f"row {row:,}", show_values([value])[0]


def _fold(clause: FromClause, columns: list[str], weight: str | None) -> Select[tuple[object, ...]]:
    """Return the SELECT of the distinct rows, their counts, how many weights are no count, and one of those."""
    import sqlalchemy as sa

    features = [clause.c[column] for column in columns]
    if weight is None:
        return sa.select(*features, sa.func.count(), sa.literal(0), sa.null()).group_by(*features)
    given = clause.c[weight]
    is_count = sa.and_(given >= 0, given < MOST_ROWS, given == sa.func.floor(given))
    counts = sa.func.coalesce(sa.func.sum(sa.case((is_count, given))), 0)
    odd = sa.func.count() - sa.func.count(sa.case((is_count, 1)))
    return sa.select(*features, counts, odd, sa.func.max(sa.case((sa.not_(is_count), given)))).group_by(*features)


def _reason(error: Exception, url: URL) -> str:
    """Return the first line of what the database says, without its password."""
    lines = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
    return lines[0].replace(str(url.password), "***") if url.password else lines[0]
