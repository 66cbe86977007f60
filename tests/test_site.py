"""The site is whole, works under any path of any static host, and may ask only the API it was made for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from infra import site
from infra.package import PAGE
from infra.site import SiteError, build
from predict.model import ModelError
from tests.conftest import Trained, serve

API = "https://api.example:8443/stage"
ASK = """(address) => fetch(address + "/predict", {
  method: "POST",
  headers: { "Content-Type": "application/json", "x-amz-content-sha256": "0".repeat(64) },
  body: "{}",
}).then((response) => response.status, (error) => error.name)"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def static_host(folder: Path) -> Iterator[str]:
    """Serve a folder as Python's http.server does and yield the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_site_is_the_page_with_its_model_and_report(trained: Trained, tmp_path: Path) -> None:
    out = tmp_path / "new" / "site"
    build(out, model=trained.path)
    beside = {name: trained.path.with_name(name).read_bytes() for name in ("model.json", "report.html")}
    assert contents(out) == contents(PAGE) | beside | {"config.json": b'{"api": null}\n'}
    assert (
        out.stat().st_mode & 0o777 == PAGE.stat().st_mode & 0o777
    )  # not that of a temporary folder, which hosts cannot read
    assert [path.name for path in out.parent.iterdir()] == ["site"]


def test_site_of_an_api_may_ask_it_and_is_else_the_same(trained: Trained, tmp_path: Path) -> None:
    for name, url in (("alone", None), ("api", API), ("slash", f"{API}/")):
        build(tmp_path / name, url, trained.path)
    alone, api, slash = (contents(tmp_path / name) for name in ("alone", "api", "slash"))
    assert api == slash
    assert json.loads(api["config.json"]) == {"api": API}
    assert {name for name in alone if alone[name] != api[name]} == {"config.json", "index.html"}
    index = alone["index.html"].decode()
    added = index.replace("connect-src 'self'", "connect-src 'self' https://api.example:8443")
    assert api["index.html"].decode() == added != index


def test_stale_files_go(trained: Trained, tmp_path: Path) -> None:
    build(tmp_path / "site", model=trained.path)
    before = contents(tmp_path / "site")
    (tmp_path / "site" / "old.js").touch()
    build(tmp_path / "site", model=trained.path)
    assert contents(tmp_path / "site") == before


def test_model_without_a_report_makes_a_site_without_one(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_bytes(trained.path.read_bytes())
    build(tmp_path / "site", model=tmp_path / "model.json")
    assert set(contents(tmp_path / "site")) == {*contents(PAGE), "model.json"}


@pytest.mark.parametrize(
    "url",
    [
        "api.example",
        "ftp://api.example",
        "//api.example",
        "https://",
        "https://user:word@api.example",
        "https://api.example?stage=1",
        "https://api.example/#top",
        "https://api.example; script-src *",
        "https://api.example 'unsafe-inline'",
        'https://api.example"><script>',
        "https://api.example/a b",
        "https://api.example\n",
    ],
)
def test_address_that_is_none_of_an_api_is_refused(trained: Trained, tmp_path: Path, url: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "last").touch()
    with pytest.raises(SiteError) as error:
        build(tmp_path / "site", url, trained.path)
    assert str(error.value) == (
        f"API_URL={url} cannot be used: give the address of an API, such as https://host.example/path, "
        "without a query, or a path on the page's own host, such as /api, or none for a page that works alone"
    )
    assert contents(tmp_path) == {"site/last": b""}


@pytest.mark.parametrize("path", ["/api", "/a/b.c/"])
def test_path_on_the_pages_own_host_takes_no_other_policy(trained: Trained, tmp_path: Path, path: str) -> None:
    build(tmp_path / "site", path, trained.path)
    assert json.loads((tmp_path / "site" / "config.json").read_text()) == {"api": path.rstrip("/")}
    assert (tmp_path / "site" / "index.html").read_bytes() == (PAGE / "index.html").read_bytes()


@pytest.mark.parametrize("policy", ["", "default-src 'none'", "connect-src 'none'"])
def test_page_whose_policy_cannot_allow_the_api_is_refused(trained: Trained, tmp_path: Path, policy: str) -> None:
    (tmp_path / "page").mkdir()
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else "connect-src 'self'"
    (tmp_path / "page" / "index.html").write_text(meta)
    with pytest.raises(SiteError) as error:
        build(tmp_path / "site", API, trained.path, tmp_path / "page")
    assert str(error.value) == (
        "index.html needs one <meta http-equiv=\"Content-Security-Policy\"> with connect-src 'self', to which "
        "https://api.example:8443 can be added; it has 0"
    )
    assert not (tmp_path / "site").exists()


def test_site_without_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with pytest.raises(ModelError, match=r"there is no model at .*none\.json; run `make train` to bake it"):
        build(tmp_path / "site", model=tmp_path / "none.json")
    assert list(tmp_path.iterdir()) == [tmp_path / "site"]


def test_files_have_their_types_under_any_path(trained: Trained, tmp_path: Path) -> None:
    build(tmp_path / "some" / "path", model=trained.path)
    with static_host(tmp_path) as host:
        answers = {name: httpx.get(f"{host}/some/path/{name}") for name in ["", *contents(tmp_path / "some" / "path")]}
    types = {"html": "text/html", "js": "text/javascript", "css": "text/css", "json": "application/json"}
    types |= {"svg": "image/svg+xml", "": "text/html"}
    for name, answer in answers.items():
        found = answer.headers["content-type"].partition(";")[0]
        assert (answer.status_code, found) == (200, types[name.rpartition(".")[2]]), name
    assert {name.rpartition(".")[2] for name in answers} == set(types)


def test_what_was_written_is_told(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"ROOT": tmp_path, "OUT": tmp_path / "site", "PACKAGED_MODEL": trained.path}.items():
        monkeypatch.setattr(site, name, value)
    monkeypatch.setenv("API_URL", "")
    assert site.main() == 0
    files = contents(tmp_path / "site")
    size = sum(map(len, files.values()))
    wrote = f"{tmp_path / 'site'}: {len(files)} files, {size / 1e3:.0f} kB, for any static host, under any path"
    look = "To look at it: python3 -m http.server --bind 127.0.0.1 --directory site 8000"
    works = "It needs no API: the browser scores by the model.json beside the page"
    assert capsys.readouterr().out.splitlines() == [wrote, works, look]
    monkeypatch.setenv("API_URL", API)
    assert site.main() == 0
    asks = f"It asks {API}, which has to allow the origin that it is served from: see ALLOWED_ORIGINS in README"
    assert capsys.readouterr().out.splitlines()[1:] == [asks, look]
    monkeypatch.setenv("API_URL", "no url")
    assert site.main() == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.startswith("Error: API_URL=no url cannot be used: ")


def test_page_of_another_origin_may_ask_its_own_api_and_no_other(
    page: Page, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its policy lets it, and the API answers the preflight of its headers."""
    with static_host(tmp_path) as host:
        monkeypatch.setenv("ALLOWED_ORIGINS", host)
        with serve(trained.path) as api:
            for name, url in (("api", api), ("alone", None)):
                build(tmp_path / name, url, trained.path)
            page.goto(f"{host}/api/")
            assert page.evaluate(ASK, api) == 422
            page.goto(f"{host}/alone/")
            assert page.evaluate(ASK, api) == "TypeError"
