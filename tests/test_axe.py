"""axe-core finds what is wrong with a page, and only that, under the strictest policy too."""

from __future__ import annotations

import json

from playwright.sync_api import Page

from tests.axe import violations
from training import ROOT

ADDRESS = "http://page.example/"
GOOD = '<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1><p>Text</p></main></html>'


def open_page(page: Page, text: str) -> None:
    headers = {"Content-Type": "text/html", "Content-Security-Policy": "default-src 'none'"}
    page.route(ADDRESS, lambda route: route.fulfill(body=text, headers=headers))
    page.goto(ADDRESS)


def test_page_without_faults_has_none(page: Page) -> None:
    open_page(page, GOOD)
    assert violations(page) == []


def test_each_fault_is_a_line(page: Page) -> None:
    faults = '<button id="unnamed"></button><p><font id="pale" color="#bbbbbb">Text</font></p>'
    open_page(page, GOOD.replace("<p>Text</p>", faults).replace(' lang="en"', ""))
    found = violations(page)
    assert [line.split(": ")[:2] for line in found] == [
        ["button-name", "#unnamed"],
        ["color-contrast", "#pale"],
        ["html-has-lang", "html"],
    ]
    assert "insufficient color contrast of 1.91 (foreground color: #bbbbbb, background color: #ffffff" in found[1]


def test_axe_core_is_locked_by_its_hash_wherever_it_is_from() -> None:
    packages = json.loads((ROOT / "tests" / "axe" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((ROOT / "tests" / "axe" / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert packages.pop("") == {"devDependencies": wanted}
    assert {name: locked["version"] for name, locked in packages.items()} == {
        f"node_modules/{name}": version for name, version in wanted.items()
    }
    for locked in packages.values():
        assert locked["integrity"].startswith("sha512-")
        assert "resolved" not in locked  # which would name a registry; see npm's omit-lockfile-registry-resolved
