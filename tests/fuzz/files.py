"""Files: tables as CSV and Parquet, problem files and models, damaged in every way; and those made to harm."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pyarrow import parquet

from predict.model import document_version
from tests.fuzz.mutations import change, mutate, texts, values
from training import ROOT
from training.errors import LONGEST
from training.sources.faults import MOST_BYTES

TABLES = [
    "age,colour,when,count,y\n" + "".join(f"{i},c{i % 3},2024-01-{i + 1:02},1,{i % 2}\n" for i in range(20)),
    'age,colour,y\r\n1.5,"a, ""b""",yes\r\nNA,\xe9\U0001f388,no\r\n-0.0,,yes\r\n1e5,"two\nlines",no\r\n',
    "\ufeffage;colour;y\n1;a;yes\n2;b;no\n",
    "count,y\n3,1\n1000000000,0\n-1,1\n",
    "y\n1\n",
    "",
]
PARQUET_CODECS = ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]
STEMS = [
    "t",
    "a b",
    "..x",
    "-rf",
    "\xe9\U0001f388",
    "x" * 200,
    "%s%n",
    "a\nb",
    "$(id)",
    "'",
    '"',
    "a;b",
    "CON",
    "~",
    "%2e%2e",
    "t.csv",
]
PLACES = [
    "../../../etc/passwd",
    "/etc/passwd",
    "/dev/zero",
    "/proc/self/environ",
    "file:///etc/passwd",
    "\0",
    "a" * 5000,
    "~/.ssh/id_rsa",
]
PLACES += [
    ".",
    "/",
    "",
    "C:\\x.csv",
    "file://",
    "data/births.csv",
    "./data/../data/births.csv",
    "data/births.csv\0",
    "/dev/stdin.csv",
]
SUFFIXES = [".csv"] * 4 + [".csv.gz", ".csv.zst", ".parquet", ".PARQUET", ".txt", ""]
GZIP = b"\x1f\x8b\x08"
HARD_PROBLEMS = [b"a=" + b"[" * 100_000, b"a=" + b"9" * 5_000, b"a." * 2_000 + b"b=1", b"a=1979-13-99", b"x" * 10**6]
HARD_MODELS = [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5_000, b"x" * 10**6, b"\xff\xfe{}"]
BOMB_HEADS = [b"", b"age,colour,y\n", b"age,colour,y\n1,2,", b'age,colour,y\n1,"']
BOMB_KINDS = ["gz", "zst"]
BOMB_BYTES = 200 * MOST_BYTES
BOMBS = [b"0", b",", b'"', b"a,", b"a\r", b"\0", b"\n", b"y\n" + b"x" * 40]


@dataclass(frozen=True)
class GivenFile:
    """A file to be made: the end of its name, and what it holds."""

    name: str
    content: bytes

    def write(self, folder: Path) -> Path:
        """Write it to `folder`."""
        path = folder / self.name
        path.write_bytes(self.content)
        return path


@cache
def parquet_files() -> list[bytes]:
    """Return tables as Parquet, with columns of many types, under each codec."""
    frame = pd.DataFrame(
        {
            "age": [1.5, None, -0.0] * 9,
            "colour": pd.Categorical(["a", "b", None] * 9),
            "when": pd.Series(["2024-01-01", None, "1969-12-31"] * 9, dtype="datetime64[us]"),
            "list": [[1], [], None] * 9,
            "bytes": [b"\xff", b"", None] * 9,
            "count": [1, 2, 3] * 9,
            "y": ["yes", "no", "no"] * 9,
        }
    )
    written = []
    for codec in PARQUET_CODECS:
        for columns in (["age", "colour", "when", "count", "y"], list(frame.columns)):
            file = io.BytesIO()
            parquet.write_table(pa.Table.from_pandas(frame[columns]), file, compression=codec)
            written.append(file.getvalue())
    return written


def tables() -> SearchStrategy[GivenFile]:
    """Return tables as CSV, compressed or not, as Parquet, and files of other kinds under their names."""
    plain = st.sampled_from([text.encode() for text in TABLES]) | drawn_tables()
    packed = st.builds(gzip.compress, plain, st.just(1)) | st.builds(_zstd, plain)
    columnar = st.sampled_from(parquet_files())
    return st.one_of(
        st.builds(GivenFile, _names([".csv"]), plain),
        st.builds(GivenFile, _names([".csv.gz", ".csv.zst"]), packed),
        st.builds(GivenFile, _names([".parquet"]), columnar),
        st.builds(GivenFile, _names(SUFFIXES), plain | packed | columnar | st.binary()),
    )


def breed_table(given: GivenFile, random: Random) -> GivenFile:
    """Return a table that is damaged: as it lies there, or, of a compressed one, what it unpacks to."""
    if given.content.startswith(GZIP) and random.random() < 0.5:
        return replace(given, content=gzip.compress(mutate(gzip.decompress(given.content), random), 1))
    return replace(given, content=mutate(given.content, random))


def bombs() -> SearchStrategy[GivenFile]:
    """Return small files that would unpack to 200 MiB: one text over and over, below a header or in its place."""
    return st.builds(_bomb, st.sampled_from(BOMB_HEADS), st.sampled_from(BOMBS), st.sampled_from(BOMB_KINDS))


def breed_bomb(_given: GivenFile, random: Random) -> GivenFile:
    """Return another of them."""
    return _bomb(random.choice(BOMB_HEADS), random.choice(BOMBS), random.choice(BOMB_KINDS))


@cache
def _bomb(head: bytes, text: bytes, kind: str) -> GivenFile:
    content = head + text * (BOMB_BYTES // len(text))
    return GivenFile(f"bomb.csv.{kind}", gzip.compress(content, 1) if kind == "gz" else _zstd(content))


def _zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue())


@st.composite
def drawn_tables(draw: DrawFn) -> bytes:
    """Draw a CSV whose names and cells are any texts."""
    header = ["y", *draw(st.lists(texts, max_size=4))]
    rows = draw(st.lists(st.lists(texts, min_size=len(header), max_size=len(header)), min_size=1, max_size=4))
    file = io.StringIO()
    csv.writer(file).writerows([header, *rows])
    return file.getvalue().encode("utf-8", "surrogatepass")


def _names(suffixes: list[str]) -> SearchStrategy[str]:
    return st.builds(str.__add__, st.sampled_from(["t"] * 20 + STEMS), st.sampled_from(suffixes))


def problems() -> SearchStrategy[GivenFile]:
    """Return problem files: those of this repository, and the same with hostile places and names."""
    paths = ("training/problem.toml", "tests/births.toml", "tests/fuzz/problem.toml")
    originals = [(ROOT / path).read_bytes() for path in paths]
    document = tomllib.loads(originals[2].decode())
    keys = st.sampled_from(["data", "data", "name", "target", "title", "weight"])
    hostile = st.builds(lambda key, text: _toml({**document, key: text}), keys, st.sampled_from(PLACES) | texts)
    contents = st.sampled_from(originals) | hostile | st.sampled_from(HARD_PROBLEMS) | st.binary()
    return st.builds(GivenFile, st.just("problem.toml"), contents)


def breed_problem(given: GivenFile, random: Random) -> GivenFile:
    """Return a problem file that is damaged, or that has other values."""
    try:
        document = tomllib.loads(given.content.decode()) if random.random() < 0.5 else None
    except (ValueError, RecursionError):
        document = None
    return replace(given, content=_toml(change(document, random)) if document else mutate(given.content, random))


def _toml(value: Any) -> bytes:
    """Return a value as TOML with inline tables; what TOML has no word for, null, is a text."""
    if not isinstance(value, dict):
        return _toml_value(value).encode("utf-8", "surrogatepass")
    return "\n".join(f"{json.dumps(key)} = {_toml_value(each)}" for key, each in value.items()).encode(
        "utf-8", "surrogatepass"
    )


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=True) if value is not None else '"null"'


def models(originals: list[dict[str, Any]]) -> SearchStrategy[GivenFile]:
    """Return model files: these, and what is none."""
    contents = st.sampled_from(originals).map(_dump) | values.map(_dump) | st.sampled_from(HARD_MODELS) | st.binary()
    return st.builds(GivenFile, st.just("model.json"), contents)


def breed_model(given: GivenFile, random: Random) -> GivenFile:
    """Return a model file that is damaged, or that has other values, with the version of what it holds then."""
    try:
        document = json.loads(given.content) if random.random() < 0.7 else None
    except (ValueError, RecursionError):
        document = None
    if not document:
        return replace(given, content=mutate(given.content, random))
    changed = change(document, random)
    return replace(
        given,
        content=_dump({**changed, "version": document_version(changed)} if isinstance(changed, dict) else changed),
    )


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


def judge(_given_file: GivenFile, reply: dict[str, Any], errors: tuple[str, ...], most_mib: float) -> str:
    """Return what became of a file: it was read, or refused by one of the project's own `errors`, in a sentence."""
    assert reply["peak_mib"] < most_mib, f"the process held {reply['peak_mib']:.0f} MiB"
    if "answer" in reply:
        return str(reply["answer"])
    error = reply["error"]
    assert error["type"] in errors, error["traceback"]
    message = error["message"]
    assert message.strip()
    assert len(message) <= LONGEST, f"{len(message)} letters: {message[:500]}"
    assert "\n" not in message, message
    assert "Traceback" not in message
    return "refused"


def ask_in(folder: Path, ask: Callable[[object], dict[str, Any]]) -> Callable[[GivenFile], dict[str, Any]]:
    """Return what writes a file to an empty folder, has it read, and sees that nothing else is there afterwards."""
    return partial(_ask, folder, ask)


def _ask(folder: Path, ask: Callable[[object], dict[str, Any]], given: GivenFile) -> dict[str, Any]:
    path = given.write(folder)
    try:
        reply = ask(str(path))
        assert list(folder.iterdir()) == [path]
    finally:
        for each in folder.iterdir():
            each.unlink()
    return reply
