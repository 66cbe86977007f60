"""The upload: a CSV as people have them, of any common separator, read line by line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from api import ApiError
from link import is_nullable

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
ENCODINGS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"PAR1")
SAVE_ANEW = "Save the table as “CSV UTF-8” and upload that."
TITLE = "This file cannot be read"
Record = tuple[int, list[str]]


@dataclass(frozen=True)
class Upload:
    """A file that can be read: its `header`, the position of each field in it, and its number of lines."""

    content: bytes
    encoding: str
    separator: str
    header: list[str]
    positions: dict[str, int]
    lines: int

    @property
    def ignored(self) -> list[str]:
        """The columns that are no field of the model."""
        return [name for name in self.header if name not in self.positions]

    def records(self) -> Iterator[Record]:
        """Return the lines' cells, each with the number of the line it begins in, the header and blank lines left out.

        Raises:
            ApiError: from some line on, the file is no CSV.
        """
        reader = _reader(self.content, self.encoding, self.separator)
        header_seen = False
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                cure = "Correct that line, such as a quotation mark that is not closed, and upload the file again."
                raise ApiError(TITLE, [f"It is no CSV from line {line:,} on: {error}."], cure) from None
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                if header_seen:
                    yield line, cells
                header_seen = True


def read_upload(content: bytes, fields: Mapping[str, Any]) -> Upload:
    """Return a file of rows; the separator is the one that finds the most fields in its first line.

    Raises:
        ApiError: it is no text, is empty, or its first line lacks a field or has one twice.
    """
    encoding = _encoding(content)
    readings = {separator: _first_line(content, encoding, separator) for separator in SEPARATORS}
    separator = max(readings, key=lambda each: (len(set(readings[each]) & fields.keys()), len(readings[each])))
    header = readings[separator]
    if not header:
        cure = "Its first line has to name the columns, those after that hold a row each."
        raise ApiError("This file is empty", [], cure)
    _check_header(header, fields)
    positions = {name: header.index(name) for name in fields if name in header}
    return Upload(content, encoding, separator, header, positions, content.count(b"\n") + 1)


def _encoding(content: bytes) -> str:
    """Return the encoding of the file, that of its byte order mark or UTF-8."""
    if content.startswith(EXCEL):
        raise ApiError(TITLE, ["It is an Excel workbook (or another packed file), not a CSV."], SAVE_ANEW)
    if content.startswith(COMPRESSED):
        raise ApiError(TITLE, ["It is compressed, or a Parquet file, not a CSV."], SAVE_ANEW)
    encoding = next((name for mark, name in ENCODINGS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ApiError(TITLE, [f"Line {line:,} is not UTF-8 text."], SAVE_ANEW) from None
    if "\0" in text:
        raise ApiError(TITLE, ["It holds zero bytes, as no CSV does."], SAVE_ANEW)
    return encoding


def _reader(content: bytes, encoding: str, separator: str) -> Any:
    file = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    return csv.reader(file, delimiter=separator, strict=True)


def _first_line(content: bytes, encoding: str, separator: str) -> list[str]:
    """Return the names of the columns; none where the file is empty or its first line cannot be read so."""
    try:
        found: list[str] = next(
            (cells for cells in _reader(content, encoding, separator) if any(map(str.strip, cells))), []
        )
    except csv.Error:
        return []
    return [cell.strip() for cell in found]


def _check_header(header: list[str], fields: Mapping[str, Any]) -> None:
    missing = [name for name, field in fields.items() if name not in header and not is_nullable(field)]
    if missing:
        told = []
        for name in missing:
            (near,) = get_close_matches(name, header, 1) or [""]
            hint = f", perhaps {near!r} in the file" if near else ""
            told.append((name, f"column {name!r} is missing{hint}."))
        has = ", ".join(map(repr, header[:30]))
        cure = f"The file has {has}. Name the columns as the model does, and upload the file again."
        raise ApiError("Columns are missing from this file", [], cure, told)
    twice = [name for name, count in Counter(header).items() if count > 1 and name in fields]
    if twice:
        told = [(name, f"column {name!r} is there more than once.") for name in twice]
        raise ApiError("Columns of this file are there twice", [], "Leave one of each, and upload it again.", told)


def write_csv(header: Iterable[str] | None, rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV, below the names of their columns if there are any."""
    file = io.StringIO()
    writer = csv.writer(file)
    if header is not None:
        writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue()


def write_row(schema: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """Return a CSV of one row; for what is missing it has nothing if that means it, else the first text that does."""
    texts = schema.get("x-missing", [""])
    missing = "" if "" in texts or not texts else texts[0]
    return write_csv(row, [[missing if value is None else value for value in row.values()]])
