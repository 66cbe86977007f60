"""The request that all contestants answer, and the events that bring it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from predict.model import Model
from training import ROOT

EVENT = json.loads((ROOT / "tests" / "events" / "function-url.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Request:
    """A row that differs from the typical one in every field, so that /explain has most to do, and its right answer."""

    row: dict[str, Any]
    answer: dict[str, Any]

    @classmethod
    def of(cls, model: Model) -> Request:
        """Return the request for `model`, and for the contestants that are to answer alike."""
        typical = model.document["typical_row"]
        row = {name: _other(value, typical[name]) for name, value in model.document["schema"]["properties"].items()}
        return cls(row, model.predict(row))

    @property
    def event(self) -> dict[str, Any]:
        """The event of a POST of the row to /predict."""
        return make_event("/predict", json.dumps(self.row))

    def check(self, answer: dict[str, Any]) -> None:
        """Raise RuntimeError unless the handler's answer has the right numbers, but for scikit-learn's last digits."""
        found = _numbers(json.loads(answer["body"])) if answer["statusCode"] == 200 else []
        right = _numbers(self.answer)
        if len(found) != len(right) or not all(map(_is_close, found, right)):
            raise RuntimeError(f"a contestant answered {answer}, the right answer is {self.answer}")


def make_event(path: str, body: str, media_type: str = "application/json") -> dict[str, Any]:
    """Return the event of a POST to a function URL."""
    headers = {**EVENT["headers"], "content-type": media_type, "content-length": str(len(body.encode()))}
    context = {**EVENT["requestContext"], "http": {**EVENT["requestContext"]["http"], "path": path}}
    return {**EVENT, "rawPath": path, "headers": headers, "requestContext": context, "body": body}


def _other(value: dict[str, Any], typical: Any) -> Any:
    choices = value["enum"] if "enum" in value else [value["minimum"], value["maximum"]]
    return next((choice for choice in reversed(choices) if choice not in (typical, None)), typical)


def _is_close(found: float, right: float) -> bool:
    return math.isclose(found, right, rel_tol=1e-9, abs_tol=1e-9)


def _numbers(body: dict[str, Any]) -> list[float]:
    if "value" in body:
        return [body["value"]]
    shares = body["probabilities"]
    return list(shares.values() if isinstance(shares, dict) else shares)
