"""Loading: a table copied into PostgreSQL, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from training.errors import CellError, InputError
from training.problem import Problem
from training.sources.address import name_database
from training.sources.chunks import read_counts
from training.sources.database import connect, table_name
from training.sources.places import locate
from training.sources.source import Source, is_database, open_source
from training.sources.texts import read_numeral, write_number

if TYPE_CHECKING:
    from psycopg import Connection

LONGEST_NAME_BYTES = 63  # PostgreSQL cuts longer names short
BIGINT, BIGINT_DIGITS = 2**63, 20  # with a sign


def load_database(
    problem: Problem, source: str, url: str | None, report: Callable[[str], None] = print, if_changed: bool = False
) -> int:
    """Copy the table at `source`, as it stands, into the PostgreSQL at `url`, and return its number of lines.

    The table is named like the problem, - as _. It is filled under another name and then takes the place of the one
    before, in one transaction: loading again gives the same table, and a reader sees the old or the new one, whole.
    Texts that mean missing are NULL. Its comment says what it was loaded from; with `if_changed`, a table that was
    loaded from the same stays as it is, whatever was done to it since, and the answer is 0.

    Raises:
        InputError: there is no `url`, the table cannot be read, or the database refuses it.
    """
    if not url:
        raise InputError("DATABASE_URL is not set; it says where to load to: postgresql://user:password@host/database")
    name = name_database(url)
    if not name.startswith("postgresql:"):
        raise InputError(f"{name} is no PostgreSQL; DATABASE_URL is to be postgresql://user:password@host/database")
    if is_database(source):
        raise InputError(f"{name_database(source)} is a database already; name a file with `data` in problem.toml")
    try:
        return _load(problem, source, url, name, report, if_changed)
    except CellError as error:
        raise locate(error, source, problem) from None


def _describe(table: Source, problem: Problem) -> str:
    """Return what says where a table of a database comes from."""
    missing = ", ".join(map(repr, problem.missing_values))
    return f"{table.title}, sha256 {table.sha256}, missing {missing}"


def _find_comment(table: str, url: str) -> str | None:
    import sqlalchemy as sa

    with connect(url) as connection:
        inspected = sa.inspect(connection)
        return inspected.get_table_comment(table)["text"] if inspected.has_table(table) else None


def _load(problem: Problem, source: str, url: str, name: str, report: Callable[[str], None], if_changed: bool) -> int:
    import psycopg

    with open_source(source, problem) as table:
        target = table_name(problem)
        if if_changed and _find_comment(target, url) == _describe(table, problem):
            report(f"{name} has the table {target} of this file, which is left as it is")
            return 0
        report(f"reading {table.name}")
        types = _types(table, problem)
        _check_names([target, *types])
        report(f"copying to {name}")
        with connect(url, read_only=False) as connection:
            driver: Any = connection.connection.driver_connection
            try:
                lines = _replace(driver, target, types, table, problem)
            except psycopg.Error as error:
                reasons = filter(None, (error.diag.message_primary or str(error), error.diag.message_detail))
                raise InputError(f"{name} refuses the table: {'; '.join(reasons)}") from None
    report(f"{name} has the table {target}: {lines:,} lines, {len(types)} columns")
    return lines


def _check_names(names: list[str]) -> None:
    for name in names:
        if len(name.encode()) > LONGEST_NAME_BYTES:
            raise InputError(f"the name {name!r} has over {LONGEST_NAME_BYTES} bytes, PostgreSQL's most; shorten it")


def _types(table: Source, problem: Problem) -> dict[str, str]:
    """Return the type of each column, chosen so that its values are read back as the texts that they were."""
    possible: dict[str, tuple[str, ...] | None] = dict.fromkeys(table.header)
    for chunk in table.chunks(table.header, None):
        if problem.weight in possible:
            read_counts(chunk[problem.weight])
        for name, types in possible.items():
            for text in [] if types == () else chunk[name].dropna().unique():
                if text not in problem.missing_values:
                    fitting = _fitting(text, problem.is_quoted(name))
                    types = fitting if types is None else tuple(kind for kind in types if kind in fitting)
            possible[name] = types
    return {
        name: "bigint" if name == problem.weight else types[0] if types else "text" for name, types in possible.items()
    }


def _fitting(text: str, quoted: bool) -> tuple[str, ...]:
    """Return the types of numbers that give `text` back; if problem.toml does not quote it, its value is enough."""
    number = read_numeral(text)
    if number is None or (quoted and number != text):
        return ()
    exact = ("double precision",) if write_number(float(number)) == number else ()
    is_whole = number == text and number.lstrip("-").isdigit() and len(number) <= BIGINT_DIGITS
    is_whole = is_whole and -BIGINT <= int(number) < BIGINT
    return ("bigint", *exact) if is_whole else exact


def _replace(connection: Connection, target: str, types: dict[str, str], table: Source, problem: Problem) -> int:
    """Fill a new table in the transaction of `connection`, put it in the place of `target`, and return its lines."""
    from psycopg.sql import SQL, Identifier, Literal

    old, new = Identifier(target), Identifier(f"{target[: LONGEST_NAME_BYTES - 4]}_new")
    columns = SQL(", ").join(SQL("{} " + kind).format(Identifier(name)) for name, kind in types.items())
    lines = 0
    with connection.cursor() as cursor:
        cursor.execute(SQL("CREATE TABLE {} ({})").format(new, columns))  # waits for another load to end
        with cursor.copy(SQL("COPY {} FROM STDIN (FORMAT csv, ENCODING 'UTF8')").format(new)) as copy:
            for chunk in table.chunks(list(types), None):
                copy.write(_lines(chunk[list(types)], problem))
                lines += len(chunk)
        if not lines:
            raise InputError(f"{table.name} has a header but no rows")
        cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(old))
        cursor.execute(SQL("ALTER TABLE {} RENAME TO {}").format(new, old))
        cursor.execute(SQL("COMMENT ON TABLE {} IS {}").format(old, Literal(_describe(table, problem))))
    return lines


def _lines(chunk: pd.DataFrame, problem: Problem) -> memoryview:
    """Return a chunk as CSV in which a missing value is nothing, and an empty text is quoted."""
    import pyarrow as pa
    from pyarrow import csv

    texts = chunk.mask(chunk.isin(problem.missing_values))
    if problem.weight in texts:
        texts[problem.weight] = read_counts(chunk[problem.weight])
    sink = pa.BufferOutputStream()
    csv.write_csv(pa.Table.from_pandas(texts, preserve_index=False), sink, csv.WriteOptions(include_header=False))
    return memoryview(sink.getvalue())
