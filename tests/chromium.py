"""The machine's own Chromium, for tests and benchmarks of the pages; playwright's download of one is not needed."""

from __future__ import annotations

import shutil

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


# the first is Chromium without windows of its own, which opens a page in a quarter of the time
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Return the path of Chromium, or None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)
