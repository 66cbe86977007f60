"""Sources: where a table can come from, each read as chunks of texts with counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from glob import glob
from itertools import chain
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import pandas as pd

from training import ROOT
from training.errors import InputError
from training.problem import Problem
from training.sources import database, files
from training.sources.address import name_database
from training.sources.chunks import COUNT, read_counts
from training.sources.names import suggest_name
from training.sources.storage import fetch, is_pattern, list_objects

Chunks = Callable[[list[str], str | None], Iterator[pd.DataFrame]]
Rows = Callable[[list[str]], Iterator[pd.DataFrame]]
Cells = Callable[[str], Iterator[tuple[str, str | None]]]


@dataclass
class Source:
    """A table that is open for reading.

    `name` is what messages call it, `title` what reports call it: without folder, host, user or password. `sha256` is
    that of the file, None for a database; of several files that of their own ones, a line each; where workers read
    them, it is known after the last chunk.

    `chunks(columns, weight)` yields pieces with those columns as texts (missing: "" or NaN) and the column COUNT, how
    many rows a line stands for. `rows(columns)` yields the lines as they stand there, in their order, and `count()`
    says about how many they are. `cells(column)` yields where each value is, in words, and its text, None where
    missing; it takes far longer.
    """

    name: str
    title: str
    header: list[str]
    sha256: str | None
    chunks: Chunks
    rows: Rows
    count: Callable[[], int]
    cells: Cells


Opener = Callable[[str, Problem], AbstractContextManager[Source]]


@contextmanager
def open_source(source: str, problem: Problem) -> Iterator[Source]:
    """Open the table at `source`: a path or file:// URI, s3://bucket/key, or the URL of a database.

    Several files are one table where a path or key has one of *, ? and [: `births/*.parquet`, in the order of their
    names. Of a database, the table or SELECT of `problem.query` is read, by default the table that `make db` makes.

    Raises:
        InputError: it cannot be opened; the sentence names it, without a password.
    """
    if is_database(source):
        query, database_name = problem.query or database.table_name(problem), name_database(source)
        with database.connect(source) as connection:
            relation = database.find(connection, query, database_name)
            name = f"{database_name} ({relation.title})"
            header = [column.name for column in relation.clause.c]

            def chunks(columns: list[str], weight: str | None) -> Iterator[pd.DataFrame]:
                return database.read_folded(connection, relation.clause, columns, weight, name)

            def cells(column: str) -> Iterator[tuple[str, str | None]]:
                return database.read_cells(connection, relation.clause, column)

            def rows(columns: list[str]) -> Iterator[pd.DataFrame]:
                return database.read_rows(connection, relation, columns)

            def count() -> int:
                return database.count_rows(connection, relation.clause)

            yield Source(name, f"{relation.title} of a database", header, None, chunks, rows, count, cells)
    else:
        with ExitStack() as stack:
            parts = [stack.enter_context(open_part(part)) for part in find_parts(source)]
            yield parts[0] if len(parts) == 1 else _join(parts, PurePosixPath(source).name)


def find_parts(source: str) -> list[str]:
    """Return the files or objects that make the table at `source`: itself, or all that its pattern matches.

    Raises:
        InputError: the pattern matches none.
    """
    if not is_pattern(source):
        return [source]
    if source.startswith("s3://"):
        parts = list_objects(source)
    elif (path := locate(source)).exists():  # brackets can be a name's own
        parts = [str(path)]
    else:
        pattern = _unquote(source) if source.startswith("file://") else source
        parts = sorted(glob(pattern) or glob(str(ROOT / pattern)))  # noqa: PTH207 - Path.glob has no absolute patterns
    if not parts:
        raise InputError(f"{source} matches no file; name the table with `data` in problem.toml or with --data")
    return parts


@contextmanager
def open_part(part: str) -> Iterator[Source]:
    """Open one file or object as a table."""
    if part.startswith("s3://"):
        with fetch(part) as path:
            yield _file(path, part, PurePosixPath(part).name)
    else:
        path = locate(part)
        yield _file(path, show(str(path)), show(path.name))


def check_columns(header: Sequence[str], expected: Sequence[str], name: str, first: str) -> None:
    """Check that a part of a table has the columns of its first part, in whatever order.

    Raises:
        InputError: one is missing, or there is another.
    """
    if lacking := [column for column in expected if column not in header]:
        raise InputError(f"{name} lacks the column {lacking[0]!r} of {first}; {suggest_name(lacking[0], header)}")
    if other := [column for column in header if column not in expected]:
        raise InputError(
            f"{name} has a column {other[0]!r}, which {first} has not; files of one table have the same columns"
        )


def join_hashes(hashes: Sequence[str]) -> str:
    """Return the hash of a table in parts: of one part its own, of more that of theirs, a line each."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _join(parts: list[Source], title: str) -> Source:
    """Return parts, one after the other, as one table."""
    first = parts[0]
    for part in parts[1:]:
        check_columns(part.header, first.header, part.name, first.name)

    def chunks(columns: list[str], weight: str | None) -> Iterator[pd.DataFrame]:
        return chain.from_iterable(part.chunks(columns, weight) for part in parts)

    def rows(columns: list[str]) -> Iterator[pd.DataFrame]:
        return chain.from_iterable(part.rows(columns) for part in parts)

    def cells(column: str) -> Iterator[tuple[str, str | None]]:
        return ((f"{part.title}, {place}", text) for part in parts for place, text in part.cells(column))

    sha256 = join_hashes([str(part.sha256) for part in parts])
    return Source(title, title, first.header, sha256, chunks, rows, lambda: sum(part.count() for part in parts), cells)


def is_database(source: str) -> bool:
    """Return whether `source` is the URL of a database rather than of a file or an object."""
    return "://" in source and not source.startswith(("file://", "s3://"))


def name_source(source: str) -> str:
    """Return what messages may call `source`: the URL of a database without user, password and options."""
    return name_database(source) if is_database(source) else show(source)


def show(name: str) -> str:
    """Return the name of a file as a line of text, whatever signs it has."""
    return name if name.isprintable() else repr(name)


def locate(source: str) -> Path:
    """Return the path that `source` names; a relative one is looked for in the working folder, then in the root."""
    try:
        if urlsplit(source).scheme == "file":
            return Path(_unquote(source))
        return Path(source) if Path(source).exists() else ROOT / source
    except (OSError, ValueError):  # such as a folder that may not be looked into, or //[; reading says so
        return Path(source)


def _unquote(uri: str) -> str:
    """Return the path of a file:// URI, which has no query and no fragment: ? is a sign of patterns."""
    return unquote(urlsplit(uri.replace("?", "%3F").replace("#", "%23")).path)


def _file(path: Path, name: str, title: str) -> Source:
    header = files.read_header(path, name)

    def chunks(columns: list[str], weight: str | None) -> Iterator[pd.DataFrame]:
        for chunk in files.read_chunks(path, [*columns, *([weight] if weight else [])], name):
            counts = read_counts(chunk[weight]) if weight else 1
            texts = chunk[columns].copy(deep=False)
            texts[COUNT] = counts
            yield texts

    def rows(columns: list[str]) -> Iterator[pd.DataFrame]:
        return files.read_chunks(path, columns, name)

    def cells(column: str) -> Iterator[tuple[str, str | None]]:
        return files.read_cells(path, column)

    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Source(name, title, header, sha256, chunks, rows, lambda: files.count_rows(path), cells)
