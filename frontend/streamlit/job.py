"""The job: an upload's rows sent in chunks, so that what is done is kept whatever happens in the middle."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import Any

from api import ApiError, ask_csv
from upload import Record, Upload, write_csv, write_row

MOST_ROWS, MOST_BYTES = 1_000, 1_000_000  # of a chunk, where the schema has no x-limits
BODY_SHARE = 0.9  # of the limit that a chunk may fill
MOST_SHOWN = 10
MOST_PROBLEMS = 200
PLACE = ("row", "line")  # columns of the answer that the page knows better


@dataclass
class Job:
    """What is left of an upload, and what was predicted of it."""

    upload: Upload
    records: Iterator[Record]
    typical: str
    most_rows: int
    most_bytes: int
    waiting: list[Record] = field(default_factory=list)
    output: io.BytesIO = field(default_factory=io.BytesIO)
    predicted: list[str] = field(default_factory=list)
    shown: list[tuple[int, list[str]]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    rows: int = 0
    bad: int = 0
    line: int = 0
    version: str = ""
    is_done: bool = False
    broken: ApiError | None = None
    lock: Lock = field(default_factory=Lock)  # Streamlit starts the next run of the page before it has stopped this one

    @classmethod
    def start(cls, upload: Upload, schema: Mapping[str, Any]) -> Job:
        """Return the job that has to be done for an upload, within what the function takes at once."""
        limits = schema.get("x-limits") or {}
        most_bytes = int(limits.get("max_body_bytes", MOST_BYTES) * BODY_SHARE)
        typical = {name: schema["properties"][name]["x-example"] for name in upload.positions}
        example = write_row(schema, typical)
        return cls(upload, upload.records(), example, int(limits.get("max_batch_rows", MOST_ROWS)), most_bytes)

    @property
    def progress(self) -> float:
        """How much is done, from 0 to 1."""
        return 1.0 if self.is_done else min(self.line / self.upload.lines, 1.0)

    @property
    def header(self) -> list[str]:
        """The names of the columns of the result: those uploaded, then those predicted, under names of their own."""
        added = [*self.predicted, "problem"]
        return [*self.upload.header, *(f"predicted {name}" if name in self.upload.header else name for name in added)]

    @property
    def result(self) -> bytes:
        """The rows so far as CSV, in UTF-8 with the mark that spreadsheets know it by."""
        with self.lock:
            return write_csv(self.header, []).encode("utf-8-sig") + self.output.getvalue()

    def step(self, url: str) -> None:
        """Do the next chunk, one run of the page at a time; see `_step` for what it raises."""
        with self.lock:
            self._step(url)

    def _step(self, url: str) -> None:
        """Send the next chunk and keep what is answered; a chunk that is too much for the function is cut in halves.

        Raises:
            ApiError: there is no answer, and the chunk waits for the next step; or the file is no CSV from here on.
        """
        if not self.predicted:
            self._learn_columns(url)
        chunk = self._next_chunk()
        if not chunk and self.broken:
            raise self.broken
        if not chunk:
            self.is_done = True
            return
        width = len(self.upload.header)
        usable = [cells for _line, cells in chunk if len(cells) == width]
        try:
            answers = iter(self._ask(url, usable) if usable else [])
        except ApiError as error:
            if error.status != 413:
                raise
            self._shrink(len(chunk), error)
            return
        kept = []
        for line, cells in chunk:
            if len(cells) == width:
                kept.append(self._keep(line, cells, next(answers)))
            else:
                problem = f"This line has {len(cells)} cells, the first one {width}."
                kept.append(self._keep(line, (cells + [""] * width)[:width], {"problem": problem}))
        self._write(kept)
        self.waiting = self.waiting[len(chunk) :]

    def _next_chunk(self) -> list[Record]:
        """Return the records to send now, which stay in `waiting` until they are answered."""
        try:
            self.waiting += islice(self.records, max(self.most_rows - len(self.waiting), 0))
        except ApiError as error:
            self.broken = error  # told once the rows before are done
        size = 200 + sum(map(len, self.upload.positions))
        for count, (_line, cells) in enumerate(self.waiting[: self.most_rows]):
            size += sum(2 + len(cell.encode()) + cell.count('"') for cell in cells)
            if size > self.most_bytes and count:
                return self.waiting[:count]
        return self.waiting[: self.most_rows]

    def _shrink(self, size: int, error: ApiError) -> None:
        if size > 1:
            self.most_rows = size // 2
            return
        line, cells = self.waiting.pop(0)
        self._write([self._keep(line, cells, {"problem": " ".join(error.details)})])

    def _ask(self, url: str, rows: list[list[str]]) -> list[dict[str, str]]:
        positions = self.upload.positions
        sent = ([cells[position] for position in positions.values()] for cells in rows)
        text, version = ask_csv(url, write_csv(positions, sent))
        if version != self.version:
            cure = "Upload the file again: its first part would be another model's."
            raise ApiError("The model has been replaced", [], cure)
        return self._read(text, len(rows))

    def _learn_columns(self, url: str) -> None:
        """Ask for the typical row, to know the columns of an answer before any row has a problem."""
        text, self.version = ask_csv(url, self.typical)
        self.predicted = [name for name in self._read(text, 1)[0] if name not in (*PLACE, "problem")]

    def _read(self, text: str, count: int) -> list[dict[str, str]]:
        answers = list(csv.DictReader(io.StringIO(text, newline="")))
        if len(answers) != count or "problem" not in answers[0]:
            details = [f"{count:,} rows were sent, {len(answers):,} answers came."]
            raise ApiError("This is not the prediction function's answer", details, "Try again.")
        return answers

    def _keep(self, line: int, cells: list[str], answer: Mapping[str, str]) -> list[str]:
        """Count a row and return it with what was answered; the first ones, and the first problems, are kept."""
        problem = answer["problem"]
        row = [*cells, *(answer.get(name, "") for name in self.predicted), problem]
        self.rows, self.line = self.rows + 1, line
        if len(self.shown) < MOST_SHOWN:
            self.shown.append((line, row))
        if problem:
            self.bad += 1
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append((line, problem))
        return row

    def _write(self, rows: list[list[str]]) -> None:
        self.output.write(write_csv(None, rows).encode())
