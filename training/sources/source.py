"""Sources: where a table can come from, each read as chunks of texts with counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import pandas as pd

from training import ROOT
from training.problem import Problem
from training.sources import database, files
from training.sources.address import name_database
from training.sources.chunks import COUNT, read_counts
from training.sources.storage import fetch

Chunks = Callable[[list[str], str | None], Iterator[pd.DataFrame]]
Cells = Callable[[str], Iterator[tuple[str, str | None]]]


@dataclass(frozen=True)
class Source:
    """A table that is open for reading.

    `name` is what messages call it, `title` what reports call it: without folder, host, user or password. `sha256` is
    that of the file, None for a database. `chunks(columns, weight)` yields pieces with those columns as texts (missing:
    "" or NaN) and the column COUNT, how many rows a line stands for. `cells(column)` yields where each value is,
    in words, and its text, None where missing; it takes far longer.
    """

    name: str
    title: str
    header: list[str]
    sha256: str | None
    chunks: Chunks
    cells: Cells


@contextmanager
def open_source(source: str, problem: Problem) -> Iterator[Source]:
    """Open the table at `source`: a path or file:// URI, s3://bucket/key, or the URL of a database.

    Of a database, the table or SELECT of `problem.query` is read, by default the table that `make db` makes.

    Raises:
        InputError: it cannot be opened; the sentence names it, without a password.
    """
    if source.startswith("s3://"):
        with fetch(source) as path:
            yield _file(path, source, PurePosixPath(source).name)
    elif is_database(source):
        query, database_name = problem.query or database.table_name(problem), name_database(source)
        with database.connect(source) as connection:
            relation = database.find(connection, query, database_name)
            name = f"{database_name} ({relation.title})"
            header = [column.name for column in relation.clause.c]

            def chunks(columns: list[str], weight: str | None) -> Iterator[pd.DataFrame]:
                return database.read_folded(connection, relation.clause, columns, weight, name)

            def cells(column: str) -> Iterator[tuple[str, str | None]]:
                return database.read_cells(connection, relation.clause, column)

            yield Source(name, f"{relation.title} of a database", header, None, chunks, cells)
    else:
        path = locate(source)
        yield _file(path, str(path), path.name)


def is_database(source: str) -> bool:
    """Return whether `source` is the URL of a database rather than of a file or an object."""
    return "://" in source and not source.startswith(("file://", "s3://"))


def name_source(source: str) -> str:
    """Return what messages may call `source`: the URL of a database without user, password and options."""
    return name_database(source) if is_database(source) else source


def locate(source: str) -> Path:
    """Return the path that `source` names; a relative one is looked for in the working folder, then in the root."""
    parts = urlsplit(source)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    try:
        return Path(source) if Path(source).exists() else ROOT / source
    except OSError:  # such as a folder that may not be looked into; reading says so
        return Path(source)


def _file(path: Path, name: str, title: str) -> Source:
    header = files.read_header(path, name)

    def chunks(columns: list[str], weight: str | None) -> Iterator[pd.DataFrame]:
        for chunk in files.read_chunks(path, [*columns, *([weight] if weight else [])], name):
            counts = read_counts(chunk[weight]) if weight else 1
            texts = chunk[columns].copy(deep=False)
            texts[COUNT] = counts
            yield texts

    def cells(column: str) -> Iterator[tuple[str, str | None]]:
        return files.read_cells(path, column)

    with path.open("rb") as file:
        return Source(name, title, header, hashlib.file_digest(file, "sha256").hexdigest(), chunks, cells)
