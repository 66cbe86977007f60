"""What a client accepts: the header Accept, as RFC 9110, section 12.5.1 has it."""

from __future__ import annotations

from fastapi import HTTPException


def choose(accept: list[str], offered: tuple[str, ...]) -> str:
    """Return the media type of `offered` that the lines of the header like most, of equals the first.

    Raises:
        HTTPException: 406, if it accepts none.
    """
    text = ",".join(accept)
    if not text or text == "*/*":
        return offered[0]
    ranges = [_parse(each) for each in text.split(",")]
    best = max(offered, key=lambda media_type: _quality(media_type, ranges))
    if _quality(best, ranges) <= 0:
        raise HTTPException(406, f"The answer would be {' or '.join(offered)}, which the header Accept does not allow.")
    return best


def _parse(text: str) -> tuple[str, float]:
    """Return a media range and its quality, 0 where that cannot be read."""
    media_range, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return media_range, float(quality)
    except ValueError:
        return media_range, 0.0


def _quality(media_type: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that a media type is in, 0 if there is none."""
    known = dict(reversed(ranges))
    for media_range in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if media_range in known:
            return known[media_range]
    return 0.0
