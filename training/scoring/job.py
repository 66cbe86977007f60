"""The job: a table scored from its first row to its last, in chunks, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from training.errors import InputError
from training.problem import Problem
from training.scoring.chunk import Scored, score_chunk
from training.scoring.model import TrainedModel
from training.scoring.output import Output, make_output, write_lines
from training.scoring.pace import Pace
from training.scoring.parsing import choose_fields
from training.scoring.work import Work, open_work
from training.sources.chunks import CHUNK_ROWS
from training.sources.names import suggest_name
from training.sources.source import Source, find_parts, is_database, locate, open_source

Report = Callable[[str], None]
Score = Callable[[TrainedModel, Iterable[pd.DataFrame]], Iterator[Scored]]


@dataclass(frozen=True)
class Done:
    """What a job did: rows in the output, of those without an answer, and where each of these has its reason."""

    rows: int
    bad: int
    errors: Path
    seconds: float


def score_here(model: TrainedModel, chunks: Iterable[pd.DataFrame]) -> Iterator[Scored]:
    """Score chunks one after the other. BLAS has one thread: its sums depend on their number, answers must not."""
    with threadpool_limits(limits=1):
        for chunk in chunks:
            yield score_chunk(model, chunk)


def score_table(
    table: str,
    out: Path,
    model: TrainedModel,
    report: Report,
    query: str | None = None,
    keep: Iterable[str] = (),
    score: Score = score_here,
) -> Done:
    """Score every row of `table`, and write to `out` a row for each, in the same order.

    Rows that cannot be used have no answer; a file beside `out` says why, and where they stand. Both appear whole,
    under their names, at the end. A run that was ended in between goes on where it was, once it is started again with
    the same table and model; of a database, whose rows may have changed or come in another order, it starts anew.

    Raises:
        InputError: the table cannot be read, or the output not be written.
        ParityError: the pipeline does not answer as the function does.
    """
    document, keep = model.document, list(keep)
    problem = Problem(document["name"], document["title"], table, document["target"]["name"], query=query)
    output, errors = make_output(out, document, keep), out.with_name(f"{out.stem}.errors.csv")
    _spare_table(table, [out, errors])
    report(f"opening {table}")
    with open_source(table, problem) as source:
        fields = choose_fields(source.header, document["schema"], source.name, report)
        if lacking := [name for name in keep if name not in source.header]:
            raise InputError(
                f"{source.name} lacks the column {lacking[0]!r}; {suggest_name(lacking[0], source.header)}"
            )
        identity = {"table": source.sha256 or uuid4().hex, "model": document["version"], "fields": fields, "keep": keep}
        with open_work(out, identity) as work:
            if work.rows:
                report(f"note: going on after row {work.rows:,}, where an earlier run ended")
            work.start(output.start, write_lines([["row", "place", "problem"]]))
            pace = Pace(report, source.count(), work.rows)
            _score(source, fields, keep, model, output, work, pace, score)
            output.finish(work.records, out)  # may fail, for want of room; work goes on with both files
            work.errors.replace(errors)
    return Done(work.rows, work.bad, errors, pace.seconds)


def _spare_table(table: str, written: list[Path]) -> None:
    """Check that no file of the table would be replaced.

    Raises:
        InputError: one would.
    """
    if is_database(table) or table.startswith("s3://"):
        return
    scored = {locate(part).resolve() for part in find_parts(table)}
    for path in written:
        if path.resolve() in scored:
            raise InputError(f"{path} is a file that is scored; name another with --out")


def _score(
    source: Source,
    fields: list[str],
    keep: list[str],
    model: TrainedModel,
    output: Output,
    work: Work,
    pace: Pace,
    score: Score,
) -> None:
    """Score what is left, and add it to the work."""
    waiting: list[pd.DataFrame] = []  # chunks that are being scored, whose kept columns are still to be written

    def give() -> Iterator[pd.DataFrame]:
        columns = list(dict.fromkeys([*fields, *keep]))
        for chunk in cut(source.rows(columns), work.rows):
            waiting.append(chunk[keep])
            yield chunk[fields]

    places = Places(source)
    for scored in score(model, give()):
        kept = waiting.pop(0)
        errors, bad = _write_errors(scored, work.rows, places)
        work.add(output.encode(work.rows + 1, kept, scored), errors, len(kept), bad)
        pace.tell(work.rows)


def cut(chunks: Iterable[pd.DataFrame], skipped: int) -> Iterator[pd.DataFrame]:
    """Yield what comes after the first `skipped` rows, cut anew into pieces of CHUNK_ROWS, the last one shorter."""
    held: list[pd.DataFrame] = []
    size = 0
    for chunk in chunks:
        passed = min(skipped, len(chunk))
        skipped -= passed
        if passed == len(chunk):
            continue  # an empty slice would keep the whole chunk in memory
        held.append(chunk[passed:])
        size += len(held[-1])
        if size >= CHUNK_ROWS:
            rows = pd.concat(held, ignore_index=True)
            while size >= CHUNK_ROWS:
                yield rows[:CHUNK_ROWS]
                rows = rows[CHUNK_ROWS:].reset_index(drop=True)
                size -= CHUNK_ROWS
            held = [rows]
    if size:
        yield pd.concat(held, ignore_index=True)


class Places:
    """Where rows stand in a table, asked for in their order."""

    def __init__(self, source: Source) -> None:
        """Begin before the first row."""
        self._cells = source.cells(source.header[0]) if source.sha256 else None  # a database has no lines
        self._at = 0

    def find(self, row: int) -> str:
        """Return where a row is, which comes after those that were asked for before."""
        if self._cells is None:
            return f"row {row:,}"
        place, _text = next(islice(self._cells, row - self._at - 1, None))
        self._at = row
        return place


def _write_errors(scored: Scored, before: int, places: Places) -> tuple[bytes, int]:
    """Return a line for each row without an answer, and how many these are; `before` rows came before the chunk."""
    bad = np.flatnonzero(np.isin(scored.position, list(scored.problems))).tolist() if scored.problems else []
    lines = [(before + at + 1, places.find(before + at + 1), scored.problems[int(scored.position[at])]) for at in bad]
    return write_lines(lines), len(lines)
