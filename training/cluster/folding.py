"""Folding by workers: each file of a table is read and folded where there is room, and the folds are folded here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from training.cluster.checkpoint import Checkpoint
from training.cluster.connection import wait_any
from training.folding import fold_all
from training.problem import Problem
from training.progress import Report
from training.sources.source import (
    Opener,
    Source,
    check_columns,
    find_parts,
    is_database,
    join_hashes,
    locate,
    open_part,
    open_source,
)
from training.sources.storage import identify

if TYPE_CHECKING:
    from distributed import Client

Folded = tuple[str, pd.DataFrame | None]  # the file's hash, and its distinct rows, if it has rows
AHEAD = 2  # tasks per thread of the cluster, so that none waits for the client


def make_opener(client: Client, checkpoint: Checkpoint, report: Report) -> Opener:
    """Return what opens a table so that its chunks are the folds of its files, each folded by a worker.

    A database folds its rows itself, and is read from here.
    """

    @contextmanager
    def open_folded(source: str, problem: Problem) -> Iterator[Source]:
        if is_database(source):
            with open_source(source, problem) as opened:
                yield opened
            return
        parts = find_parts(source)
        first, title, header = wait_any(client, [client.submit(describe_part, parts[0], pure=False)])[0].result()

        def chunks(columns: list[str], weight: str | None) -> Iterator[pd.DataFrame]:
            hashes: dict[int, str] = {}
            for at, (sha256, folded) in _fold(client, checkpoint, parts, (columns, weight, header, first)):
                hashes[at] = sha256
                report(f"folded {len(hashes):,} of {len(parts):,} files")
                if folded is not None:
                    yield folded
            table.sha256 = join_hashes([hashes[at] for at in range(len(parts))])

        if len(parts) > 1:
            title = PurePosixPath(source).name
        table = Source(first if len(parts) == 1 else title, title, header, "", chunks, _unused, _unused, _unused)
        yield table

    return open_folded


def describe_part(part: str) -> tuple[str, str, list[str]]:
    """Return the name, title and columns of a file."""
    with open_part(part) as source:
        return source.name, source.title, source.header


def fold_part(part: str, columns: list[str], weight: str | None, header: list[str], first: str) -> Folded:
    """Return the hash and the distinct rows of a file.

    Raises:
        InputError: it has other columns than the `header` of the file named `first`.
    """
    with open_part(part) as source:
        check_columns(source.header, header, source.name, first)
        return str(source.sha256), fold_all(source.chunks(columns, weight), columns)


def _fold(
    client: Client, checkpoint: Checkpoint, parts: list[str], how: tuple[Any, ...]
) -> Iterator[tuple[int, Folded]]:
    """Yield the fold of each part with its position, in the order in which they are done; some are done ahead."""
    places = [part if part.startswith("s3://") else str(locate(part)) for part in parts]
    questions = [(part, identify(place), how) for part, place in zip(parts, places, strict=True)]
    kept = [at for at, question in enumerate(questions) if checkpoint.has(question)]
    todo = iter(sorted(set(range(len(parts))).difference(kept)))
    running: dict[Any, int] = {}

    def submit(at: int) -> Any:
        return client.submit(fold_part, parts[at], *how, pure=False)

    def fold_anew(at: int) -> Folded:
        folded: Folded = wait_any(client, [submit(at)])[0].result()
        return folded

    def submit_more(most: int) -> None:
        running.update({submit(at): at for at in islice(todo, most)})

    submit_more(AHEAD * max(1, sum(client.ncores().values())))
    for at in kept:
        # what is kept may turn out to be unreadable
        yield at, checkpoint.answer(questions[at], partial(fold_anew, at))
    while running:
        for future in wait_any(client, list(running)):
            at = running.pop(future)
            yield at, checkpoint.answer(questions[at], future.result)
            submit_more(1)


def _unused(*_columns: Any) -> Any:
    raise NotImplementedError("workers fold a table, and do nothing else with it")
