"""Mutations: bytes and values that were right, with something cut, flipped, repeated, put in or replaced."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st

# What parsers are known to trip over.
ODDITIES = [
    *(
        b"\0",
        b"\r",
        b"\n",
        b"\r\n",
        b'"',
        b"'",
        b",",
        b";",
        b"\t",
        b"\\",
        b"\xff",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"%00",
    ),
    *(b"=1+1", b"@SUM(1)", b"+1", b"-1", b"../../etc/passwd", b"%2e%2e/", b"\\u0000", b"\\ud800", b"1e999", b"-0.0"),
    *(b"NaN", b"Infinity", b"null", b"true", b"[" * 200, b"{" * 200, b"9" * 400, b"9" * 5000, b"\xf0\x9f\x8e\x88"),
    *(b"\xed\xa0\x80", b"\xc0\xaf", b"${jndi:x}", b"{{7*7}}", b"<script>", b"'--", b"\x1f\x8b", b"PAR1", b"__proto__"),
]
MOST_MUTATIONS = 4
LONGEST_PART = 60  # bytes that are removed or repeated

texts = st.text(st.characters(codec=None), max_size=30) | st.sampled_from([each.decode("latin-1") for each in ODDITIES])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=6
)
SCALARS: list[Any] = [
    *(None, True, False, 0, 1, -1, 2**31, 2**64, -(2**63), 10**400, 0.1, -0.0, 1e308, float("nan"), float("inf")),
    *("", " ", "0", "\0", "\ud800", "é", "a" * 5000, [], {}, [[]], {"": None}, [None] * 100, {"a": {"b": {}}}),
    *(each.decode("latin-1") for each in ODDITIES),
]


def mutate(content: bytes, random: Random) -> bytes:
    """Return bytes that differ in up to four places."""
    for _ in range(random.randint(1, MOST_MUTATIONS)):
        content = _mutate(content, random)
    return content


def _mutate(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content) + 1)
    part = content[at : at + random.randint(1, LONGEST_PART)]
    kind = random.randrange(7)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + content[at + len(part) :]
    if kind == 2:
        return content[:at] + part * random.randint(1, 9) + content[at:]
    if kind == 3 and part:
        return content[:at] + bytes([part[0] ^ 1 << random.randrange(8)]) + content[at + 1 :]
    put = random.choice(ODDITIES) if random.random() < 0.7 else random.randbytes(random.randint(1, 8))
    return content[:at] + put + content[at + (len(put) if kind == 4 else 0) :]


def change(value: Any, random: Random) -> Any:
    """Return a JSON value with another in up to three places, or with nothing there."""
    for _ in range(random.randint(1, 3)):
        value = _change(value, random)
    return value


def _change(value: Any, random: Random) -> Any:
    if not value or not isinstance(value, dict | list) or random.random() < 0.1:
        if isinstance(value, str) and random.random() < 0.4:
            return mutate(value.encode("utf-8", "surrogatepass"), random).decode("utf-8", "replace")
        return random.choice(SCALARS)
    key = random.choice(list(value)) if isinstance(value, dict) else random.randrange(len(value))
    changed = value.copy()
    if random.random() < 0.1:
        del changed[key]
    else:
        changed[key] = _change(value[key], random)
    return changed
