"""Faults: what is wrong with a file that should be CSV, where, and how to mend it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

MOST_BYTES = 2**20  # that a row may have; as many are parsed at a time
MOST_LETTERS = 4 * MOST_BYTES  # from the end of a row to that of the next
LINE_LETTERS = 64  # that a line counts for at least: a short one takes as long to read
MOST_LINES = MOST_LETTERS // LINE_LETTERS
ODD = re.compile("[\0\udc80-\udcff]")  # a NUL, or a byte that is no UTF-8
LINE_END = re.compile("\r\n|\r|\n")
TOO_LONG = f"a value has over {MOST_BYTES:,} letters; close its quote, or shorten it"
ENDLESS = (
    f"no row ends within {MOST_LETTERS:,} letters or {MOST_LINES:,} lines; close its quote, shorten it, or delete "
    "empty lines"
)
UNCLOSED = "a quote is opened and not closed, or stands undoubled in a value in quotes; mend it"
SEPARATORS = {";": "';'", "\t": "tabs", "|": "'|'"}
SEPARATED = " has its values separated by {}; save it with commas between them"
TO_UTF8 = "convert it to UTF-8, as iconv -f {} -t utf-8 does"
SIGNATURES = {  # what files begin with that are taken for CSV, the longer first
    b"PK\x03\x04": "is a ZIP archive, as Excel workbooks (.xlsx) are; unpack it, or save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook (.xls); save the sheet as CSV UTF-8",
    b"\x1f\x8b": "is compressed with gzip; end its name in .csv.gz",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; end its name in .csv.zst",
    b"PAR1\x15": "is Parquet; end its name in .parquet",
    b"SQLite format 3\0": "is an SQLite database; name it sqlite:///PATH, and the table with `query` in problem.toml",
    b"\x89PNG": "is a picture (PNG); name a table",
    b"\xff\xd8\xff": "is a picture (JPEG); name a table",
    b"%PDF": "is a PDF document; name a table",
    b"<!": "is HTML, such as the page of a download; save the table itself",
    b"<html": "is HTML, such as the page of a download; save the table itself",
    b"<?xml": "is XML; save the table as CSV",
    b"\xff\xfe\0\0": f"is in UTF-32; {TO_UTF8.format('utf-32')}",
    b"\0\0\xfe\xff": f"is in UTF-32; {TO_UTF8.format('utf-32')}",
    b"\xff\xfe": f"is in UTF-16; {TO_UTF8.format('utf-16')}",
    b"\xfe\xff": f"is in UTF-16; {TO_UTF8.format('utf-16')}",
}


class FaultError(Exception):
    """A CSV file cannot be read: the message says where and why, and follows the name of the file."""


def check_head(head: bytes) -> None:
    """Check the first bytes of a file.

    Raises:
        FaultError: they are not those of CSV.
    """
    for signature, words in SIGNATURES.items():
        if head.startswith(signature):
            raise FaultError(f" {words}")
    if len(head) == MOST_BYTES and b"\n" not in head and b"\r" not in head:
        raise FaultError(
            f" has a first line of over {MOST_BYTES:,} bytes, which is no header of a CSV file; name a table"
        )


def read_rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Yield the values of each row with the line that it begins in; empty lines are none.

    Bytes that are no UTF-8 are lone surrogates, so that they can be found. Memory is bounded, whatever the file unpacks
    to.

    Raises:
        FaultError: a quote is not closed, or a row does not end.
    """
    letters = 0

    def lines() -> Iterator[str]:
        nonlocal letters
        while read := text.readline(MOST_LETTERS + 1 - letters):
            letters += max(len(read), LINE_LETTERS)
            if letters > MOST_LETTERS:
                raise FaultError(f", line {line:,}: {ENDLESS}")
            yield read

    with io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="") as text:
        reader = csv.reader(lines(), strict=True)
        line = 1
        while True:
            try:
                values = _next_row(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FaultError(f", line {line:,}: {TOO_LONG if 'limit' in str(error) else UNCLOSED}") from None
            if values:
                letters = 0
                yield line, values
            line = reader.line_num + 1


def _next_row(reader: Iterator[list[str]]) -> list[str]:
    """Return the next row, whose cells may have the whole length that a row may; the limit is one of the process."""
    before = csv.field_size_limit(MOST_BYTES)
    try:
        return next(reader)
    finally:
        csv.field_size_limit(before)


def check_rows(file: BinaryIO) -> int:
    """Check a whole CSV file, which takes far longer than to read it; return how many rows it has.

    Raises:
        FaultError: a row is not in UTF-8, has a NUL, or more or fewer values than the header has names.
    """
    rows = read_rows(file)
    _line, header = next(rows)
    count = 0
    for line, values in rows:
        check_row(line, values, header)
        count += 1
    return count


def check_header(line: int, header: Sequence[str]) -> None:
    """Check a header, which begins in `line`.

    Raises:
        FaultError: it is not in UTF-8, has a NUL, or its names are not separated by commas.
    """
    check_texts(line, header, [])
    if len(header) == 1 and "," in header[0]:
        raise FaultError(" has each of its lines in quotes, as a whole; save it without them")
    for separator, shown in SEPARATORS.items():
        if len(header) == 1 and separator in header[0]:
            raise FaultError(SEPARATED.format(shown))


def check_row(line: int, values: Sequence[str], header: Sequence[str]) -> None:
    """Check a row, which begins in `line`.

    Raises:
        FaultError: it is not in UTF-8, has a NUL, or more or fewer values than the header has names.
    """
    check_texts(line, values, header)
    first, row = ",".join(header), ",".join(values)
    for separator, shown in SEPARATORS.items():
        alike = first.count(separator) == row.count(separator) > 0
        if (alike and (len(values) != len(header) or row.count(separator) >= len(header))) or (
            len(header) == 1 and separator in row
        ):
            raise FaultError(SEPARATED.format(shown))
    if len(values) != len(header):
        given = f"{len(values):,} value{'s' * (len(values) > 1)}"
        many = "put a value that has a comma in quotes, and delete what stands above the header"
        cure = many if len(values) > len(header) else "put a comma for each value that is missing"
        raise FaultError(f", line {line:,}: {given} where the header names {len(header):,}; {cure}")


def check_texts(line: int, values: Sequence[str], header: Sequence[str]) -> None:
    """Check that the values of a row, which begins in `line`, are texts.

    Raises:
        FaultError: one is not in UTF-8, or has a NUL.
    """
    for position, value in enumerate(values):
        odd = None if value.isascii() and "\0" not in value else ODD.search(value)
        if odd is None:
            continue
        column = repr(header[position]) if position < len(header) else position + 1
        at = find_line(line, [*values[:position], value[: odd.start()]])
        if odd[0] == "\0":
            words = f"a NUL, which no text has; if the file is in UTF-16, {TO_UTF8.format('utf-16')}"
        else:
            byte = ord(odd[0]) - 0xDC00
            words = f"the byte {byte:#x} is not UTF-8; if the file is in Latin-1, {TO_UTF8.format('latin1')}"
        raise FaultError(f", line {at:,}, column {column}: {words}")


def find_line(line: int, before: Sequence[str]) -> int:
    """Return the line of what follows the texts `before` in a row that begins in `line`."""
    return line + sum(len(LINE_END.findall(text)) for text in before)
