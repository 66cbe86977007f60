"""The body of a request: read, and parsed as strictly as the standards allow. Refusals are HTTP errors."""

from __future__ import annotations

import json
from typing import Any

from fastapi import HTTPException, Request

JSON = "application/json"
CSV = "text/csv"
CHARSETS = ("utf-8", "utf8", "us-ascii")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class DuplicateError(ValueError):
    """A JSON object names a field twice."""


async def read_body(request: Request, offered: tuple[str, ...], most_bytes: int) -> tuple[str, str]:
    """Return which media type of `offered` a request's body has, and its text.

    Raises:
        HTTPException: 413 for more than `most_bytes`; 415 for a compressed body, or another media type or charset; 400
            for an empty body, or one that is not UTF-8.
    """
    body = await _read(request, most_bytes)
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        detail = f"The body is sent with Content-Encoding: {encoding[:40]}; send it uncompressed."
        raise HTTPException(415, detail, {"Accept-Encoding": "identity"})
    media_type = _media_type(request.headers.get("content-type", ""), offered)
    if media_type == CSV:
        body = body.removeprefix(BYTE_ORDER_MARK)  # spreadsheets write one
    elif body.startswith(BYTE_ORDER_MARK):
        raise HTTPException(400, "The body begins with a byte order mark, which JSON may not have; send it without.")
    if not body.strip():
        wanted = "a header and a row for each prediction" if media_type == CSV else "JSON that keeps to /schema"
        raise HTTPException(400, f"The body is empty; expected is {wanted}.")
    try:
        return media_type, body.decode()
    except UnicodeDecodeError as error:
        detail = f"The body is not UTF-8: byte {error.start + 1} cannot be read ({error.reason})."
        raise HTTPException(400, detail) from None


def parse_json(text: str) -> Any:
    """Return the value of a JSON text.

    NaN and Infinity are read, so that the field that holds one is named when rows are checked.

    Raises:
        HTTPException: 400 if it is no JSON, names a field twice, is nested too deeply or has too long a number.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        detail = f"The body is not valid JSON: {error.msg} at {where}."
    except RecursionError:
        detail = "The body is nested too deeply; a row holds no lists and no objects."
    except DuplicateError as error:
        detail = f"The body cannot be used: {error}."
    except ValueError:  # Python reads no integer that is longer
        detail = "The body cannot be read: a number in it has too many digits."
    raise HTTPException(400, detail)


async def _read(request: Request, most_bytes: int) -> bytes:
    length = request.headers.get("content-length", "")
    body = bytearray()
    if not (length.isascii() and length.isdigit() and int(length[:20]) > most_bytes):
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                break
        else:
            return bytes(body)
    raise HTTPException(413, f"The body is larger than {most_bytes:,} bytes; send it in parts.")


def _media_type(content_type: str, offered: tuple[str, ...]) -> str:
    if content_type == JSON:  # as nearly every request says
        return JSON
    found, *parameters = (part.strip() for part in content_type.lower().split(";"))
    if found.startswith("application/") and found.endswith("+json"):
        found = JSON
    if found not in offered:
        raise HTTPException(415, f"The body must be sent with the header Content-Type: {' or '.join(offered)}.")
    charsets = (part.removeprefix("charset=").strip('"') for part in parameters if part.startswith("charset="))
    charset = next(charsets, "") or "utf-8"
    if charset not in CHARSETS:
        raise HTTPException(415, f"The body is said to be in the charset {charset[:40]}; send it in UTF-8.")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _value in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise DuplicateError(f"it names {json.dumps(twice[:100])} twice in one object")
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)
