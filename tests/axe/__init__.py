"""Accessibility of a page in a browser, as axe-core judges it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from training import ROOT

AXE = ROOT / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """Return a line for each element that breaks a rule of WCAG 2.2 AA or of good practice: rule, element, why."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: put npm on PATH and run `make test`; this view was not checked")
    page.evaluate(AXE.read_text(encoding="utf-8"))  # not a <script>, which the page's policy would refuse
    found: dict[str, Any] = page.evaluate(
        "(tags) => axe.run({ runOnly: tags, resultTypes: ['violations'] })",
        TAGS,
    )
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
