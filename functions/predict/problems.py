"""Problem details (RFC 9457): what the function says when it cannot answer."""

from __future__ import annotations

import difflib
import math
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
MOST_UNKNOWN = 20  # unknown fields that are named
LONGEST_GIVEN = 100  # characters of a refused value that are repeated in the answer

_FIELD_ERROR = {
    "type": "object",
    "properties": {
        "pointer": {"type": "string", "description": "The field, as a JSON pointer (RFC 6901)."},
        "detail": {"type": "string"},
        "given": {"description": "What was given, cut short."},
        "allowed": {"description": "The choices, or the type and limits."},
        "suggestion": {"type": ["string", "null"], "description": "The allowed text nearest to the given one."},
    },
}
_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": _FIELD_ERROR},
    },
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
    for status, description in (
        (400, "The body is empty or no JSON."),
        (415, "The body is not sent as JSON."),
        (422, "The row cannot be used; `errors` names every bad field."),
    )
}


def problem(
    status: int, detail: str, errors: list[dict[str, Any]] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a problem details response; `errors` has an entry per bad field."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": detail,
    }
    if errors is not None:
        body["errors"] = errors
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def _title(status: int) -> str:
    """Return the status's phrase in RFC 9110; Python before 3.13 has another for 422."""
    return "Unprocessable Content" if status == 422 else HTTPStatus(status).phrase


def add_problem_handlers(app: FastAPI, schema: dict[str, Any]) -> None:
    """Answer every refused or failed request of `app` with problem details; `schema` says what a row may hold."""

    async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
        return _invalid(request, error, schema)

    async def fail(_request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, error.detail, headers=error.headers)

    async def crash(_request: Request, _error: Exception) -> JSONResponse:
        # answered outside of the middleware that adds this header elsewhere
        return problem(500, "The function failed; the cause is in its log.", headers={"X-Model-Version": app.version})

    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[JSONResponse]]] = {
        RequestValidationError: refuse,
        HTTPException: fail,
        Exception: crash,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _invalid(request: Request, error: RequestValidationError, schema: dict[str, Any]) -> JSONResponse:
    """Return 400 for a body that is no JSON, 415 for one that does not say it is, 422 for JSON that is no valid row."""
    errors = error.errors()
    first = errors[0]
    if first["type"] == "json_invalid":
        return problem(400, f"The body is not valid JSON: {first['ctx']['error']} at character {first['loc'][-1]}.")
    if first["loc"] == ("body",):
        if first["type"] == "missing":
            return problem(400, "The body is empty; a JSON object with the fields of /schema is expected.")
        if not _says_json(request):
            return problem(415, "The body must be JSON, sent with the header Content-Type: application/json.")
    unknown = [entry for entry in errors if entry["type"] == "extra_forbidden"]
    known = [entry for entry in errors if entry["type"] != "extra_forbidden"]
    left_out = unknown[MOST_UNKNOWN:]
    bad = [_field_error(entry, schema) for entry in known + unknown[:MOST_UNKNOWN]]
    fields = ", ".join(entry["pointer"].removeprefix("/") or "the body" for entry in bad)
    more = f" and {len(left_out)} more that do not exist" if left_out else ""
    return problem(422, f"The row cannot be used: see errors for {fields}{more}.", bad)


def _says_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def _field_error(error: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return {pointer, detail, given, allowed, suggestion} for one of pydantic's errors; a pointer is RFC 6901's."""
    path = [str(part) for part in error["loc"][1:]]
    pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
    if path and path[0] not in schema["properties"]:
        pointer = _shown(pointer)
    properties: dict[str, Any] = schema["properties"]
    if not path:
        return {
            "pointer": pointer,
            "detail": "A JSON object with one field per column is expected.",
            "given": _shown(error["input"]),
            "allowed": {"type": "object", "fields": list(properties)},
            "suggestion": None,
        }
    name = path[0]
    given = None if error["type"] == "missing" else error["input"]
    if name not in properties:
        detail, allowed, suggestion = "There is no such field.", list(properties), _nearest(name, list(properties))
    else:
        detail = "This field is missing." if error["type"] == "missing" else "This value is not allowed."
        allowed = _allowed(properties[name])
        suggestion = _nearest(given, allowed)
    return {"pointer": pointer, "detail": detail, "given": _shown(given), "allowed": allowed, "suggestion": suggestion}


def _allowed(value: dict[str, Any]) -> Any:
    if "enum" in value:
        return value["enum"]
    return {key: value[key] for key in ("type", "minimum", "maximum")}


def _nearest(given: object, allowed: Any) -> str | None:
    """Return the allowed text that looks most like the given one, if one comes near."""
    if not isinstance(given, str) or not isinstance(allowed, list):
        return None
    by_folded = {text.casefold(): text for text in allowed if isinstance(text, str)}
    near = difflib.get_close_matches(given.casefold()[:LONGEST_GIVEN], by_folded, n=1)
    return by_folded[near[0]] if near else None


def _shown(given: object) -> Any:
    """Return a refused value as JSON can hold it: a short scalar as it is, anything else as a text cut short."""
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, float) and math.isfinite(given):
        return given
    if isinstance(given, int) and abs(given) < 10**LONGEST_GIVEN:
        return given
    text = given if isinstance(given, str) else repr(given)
    return text.encode("utf-8", "replace").decode()[:LONGEST_GIVEN]
