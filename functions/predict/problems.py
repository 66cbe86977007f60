"""Problem details (RFC 9457): what the function says when it cannot answer."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from predict.cells import guess_date
from predict.model import PredictionError

MEDIA_TYPE = "application/problem+json"
MOST_UNKNOWN = 20  # unknown fields that are named
MOST_COMPARED = 5_000  # choices that a row's values are compared with, to suggest the nearest; 40 us each
LONGEST_GIVEN = 100  # characters of a refused value that are repeated in the answer

Schema = dict[str, Any]
FieldError = dict[str, Any]


class RowError(Exception):
    """A row cannot be used: `detail` in a sentence, and `errors` with an entry per bad field."""

    def __init__(self, detail: str, errors: list[FieldError]) -> None:
        """Keep what is answered."""
        super().__init__(detail)
        self.detail, self.errors = detail, errors


def problem_document(status: int, detail: str, errors: list[FieldError] | None = None) -> dict[str, Any]:
    """Return the members of a problem; `errors` has an entry per bad field."""
    document = {"type": "about:blank", "title": _title(status), "status": status, "detail": detail}
    return document if errors is None else {**document, "errors": errors}


def problem(
    status: int, detail: str, errors: list[FieldError] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a problem as a response."""
    return JSONResponse(problem_document(status, detail, errors), status, headers, media_type=MEDIA_TYPE)


def _title(status: int) -> str:
    """Return the status's phrase in RFC 9110; Python before 3.13 has others for two of them."""
    return {413: "Content Too Large", 422: "Unprocessable Content"}.get(status) or HTTPStatus(status).phrase


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every refused request of `app` with a problem."""

    async def refuse_bad_row(_request: Request, error: RowError) -> JSONResponse:
        return problem(422, error.detail, error.errors)

    async def refuse(request: Request, error: HTTPException) -> JSONResponse:
        detail = error.detail
        if detail == HTTPStatus(error.status_code).phrase:  # the routers say no more
            where = _shown(request.scope["path"])  # `request.url` would be kept by urllib, whatever its length
            detail = {
                404: f"There is nothing at {where}; /docs lists what there is.",
                405: f"{request.method} is not what {where} is for; see the header Allow.",
            }.get(error.status_code, f"{detail}.")
        headers = dict(error.headers or {})
        if headers.get("Allow") == "GET":
            headers["Allow"] = "GET, HEAD"  # see predict/envelope.py
        return problem(error.status_code, detail, headers=headers)

    async def refuse_extreme(_request: Request, error: PredictionError) -> JSONResponse:
        return problem(422, f"The row cannot be used: {error}.", [])

    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[JSONResponse]]] = {
        RowError: refuse_bad_row,
        PredictionError: refuse_extreme,
        HTTPException: refuse,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def refuse_row(bad: list[Any], row: Any, schema: Schema, *, is_brief: bool = False) -> RowError:
    """Return the problem of a row of which the fields `bad` cannot be used, are missing or do not exist.

    Of what is no row at all, the only bad field is None. A brief problem leaves out what is allowed, which takes most
    of the time and room.
    """
    known = [name for name in bad if name is None or name in schema["properties"]]
    unknown = [name for name in bad if name is not None and name not in schema["properties"]]
    named = [*known, *unknown[:MOST_UNKNOWN]]
    found, compared = [], 0
    for name in named:
        is_missing = name is not None and name not in row
        given = row if name is None else row.get(name)
        error = field_error(name, given, schema)
        if is_missing:
            error["detail"] = "This field is missing."
        if is_brief:
            error = {key: error[key] for key in ("pointer", "detail", "given")}
        elif compared < MOST_COMPARED:
            error["suggestion"] = _meant(given if name in schema["properties"] else name, error["allowed"])
            compared += len(error["allowed"])
        found.append(error)
    names = ", ".join("the body" if name is None else _shown(name) or "(empty)" for name in named)
    more = f" and {len(unknown) - MOST_UNKNOWN} more that do not exist" if len(unknown) > MOST_UNKNOWN else ""
    return RowError(f"The row cannot be used: see errors for {names}{more}.", found)


def field_error(name: str | None, given: Any, schema: Schema) -> FieldError:
    """Return {pointer, detail, given, allowed, suggestion} of a bad field, or of what is no row at all (no name).

    The pointer is RFC 6901's; nothing is suggested yet.
    """
    properties = schema["properties"]
    pointer = "" if name is None else "/" + name.replace("~", "~0").replace("/", "~1")
    allowed: Any
    if name is None:
        detail = "A JSON object with one field per column is expected."
        allowed = {"type": "object", "fields": list(properties)}
    elif name not in properties:
        detail, pointer, allowed = "There is no such field.", _shown(pointer), list(properties)
    else:
        value = properties[name]
        is_fraction = "integer" in value.get("type", ()) and isinstance(given, float) and given % 1 > 0
        detail = "A whole number is expected." if is_fraction else "This value is not allowed."
        limits = {key: value[key] for key in ("type", "format", "minimum", "maximum") if key in value}
        allowed = value.get("enum", limits)
    return {"pointer": pointer, "detail": detail, "given": _shown(given), "allowed": allowed, "suggestion": None}


def _meant(given: object, allowed: Any) -> str | None:
    """Return the choice that looks most like the given text, if one comes near, or the one date that it can mean."""
    import difflib  # 1 ms of a cold start, for what most requests do not need

    if not isinstance(given, str):
        return None
    if not isinstance(allowed, list):
        return guess_date(given) if allowed.get("format") == "date" else None
    by_folded = {text.casefold(): text for text in allowed if isinstance(text, str)}
    near = difflib.get_close_matches(given.casefold()[:LONGEST_GIVEN], by_folded, n=1)
    return by_folded[near[0]] if near else None


def _shown(given: object) -> Any:
    """Return a refused value as JSON can hold it: a short scalar as it is, anything else as a short text."""
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, float) and math.isfinite(given):
        return given
    if isinstance(given, int) and abs(given) < 10**LONGEST_GIVEN:
        return given
    text = given if isinstance(given, str) else str(given) if isinstance(given, int | float) else reprlib.repr(given)
    return text.encode("utf-8", "replace").decode()[:LONGEST_GIVEN]
