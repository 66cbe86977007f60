"""The log: one line of JSON per request on standard output, where Lambda and containers collect it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any


def write_line(level: str, message: str, **fields: Any) -> None:
    """Write one line: the time in UTC, a level (INFO, WARNING, ERROR), a message, and `fields` that are JSON."""
    timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = {"timestamp": timestamp, "level": level, "message": message, **fields}
    sys.stdout.write(_ENCODER.encode(line) + "\n")
    sys.stdout.flush()


_ENCODER = json.JSONEncoder(separators=(",", ":"))
