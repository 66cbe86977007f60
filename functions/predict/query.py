"""The query of a request. FastAPI would parse it too, for an eighth of the time that a prediction takes."""

from __future__ import annotations

from fastapi import Request

from predict.problems import RowError

SWITCH = {"true": True, "1": True, "false": False, "0": False}


def read_switch(request: Request, name: str) -> bool:
    """Return whether the query turns on what `name` stands for; of several values the last counts.

    Raises:
        RowError: its value is none of a switch.
    """
    if not request.scope["query_string"]:
        return False
    given = request.query_params.get(name, "false")
    if given.lower() not in SWITCH:
        error = {
            "parameter": name,
            "detail": "This value is not allowed.",
            "given": given[:100],
            "allowed": list(SWITCH),
            "suggestion": None,
        }
        raise RowError(f"The query cannot be used: see errors for {name}.", [error])
    return SWITCH[given.lower()]
