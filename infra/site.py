"""Write the page as a folder that any static host can serve, under any path: build/site."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from infra.archive import reason_of, remove
from infra.contents import size_bytes
from infra.package import PAGE, ROOT
from predict.model import REPORT, ModelError, is_pickled, load_model
from predict.settings import PACKAGED_MODEL

OUT = ROOT / "build" / "site"
ADDRESS = re.compile(
    r"(https?://(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?)"  # the origin, without a character that a policy reads
    r"(?:/[\w.~%!$&'()*+=:@-]*)*",
    re.ASCII,
)
OWN = re.compile(r"(?:/[\w.~%!$&'()*+=:@-]+)+/?", re.ASCII)  # a path where the page itself is served from
POLICY = re.compile(r"""(<meta http-equiv="Content-Security-Policy" content="[^"]*connect-src 'self')""")


class SiteError(Exception):
    """The site cannot be written; the message says why."""


def build(out: Path, api_url: str | None = None, model: Path = PACKAGED_MODEL, page: Path = PAGE) -> None:
    """Fill the folder `out` anew with the `page`, the baked `model` and its report, if there is one.

    The page asks the API at `api_url`, which may be a path, such as /api, of wherever it is served from; without one it
    scores in the browser, by the model beside it.

    Raises:
        ModelError: there is no usable model.
        SiteError: `api_url` is none, or the page's policy cannot be made to allow it, or the model is a pickle, which
            no browser can score, and there is no `api_url`, or `out` cannot be written; it is left as it was.
    """
    if is_pickled(load_model(model).document) and not api_url:
        raise SiteError(
            f"{model} is a pickle, which a page cannot score by itself; give it the function of docs/image.md with "
            'API_URL=https://host/path, or set bake = "portable" in training/problem.toml'
        )
    origin = api_url and origin_of(api_url)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".new-") as temporary:
            new = Path(temporary) / out.name
            shutil.copytree(page, new)
            shutil.copyfile(model, new / "model.json")
            if (report := model.with_name(REPORT)).is_file():
                shutil.copyfile(report, new / REPORT)
            config = {"api": api_url and api_url.rstrip("/")}
            (new / "config.json").write_text(json.dumps(config) + "\n", encoding="utf-8")
            if origin:
                allow(new / "index.html", origin)
            remove(out)
            new.rename(out)
    except OSError as error:
        raise SiteError(f"{out} cannot be written ({reason_of(error)}); make room, or make it writable") from None


def origin_of(api_url: str) -> str | None:
    """Return the origin of an API's address, None for the page's own.

    Raises:
        SiteError: it is no address of an API.
    """
    if OWN.fullmatch(api_url):
        return None
    parts = ADDRESS.fullmatch(api_url)
    if not parts:
        raise SiteError(
            f"API_URL={api_url} cannot be used: give the address of an API, such as https://host.example/path, "
            "without a query, or a path on the page's own host, such as /api, or none for a page that works alone"
        )
    return parts[1]


def allow(index: Path, origin: str) -> None:
    """Add an origin to those that a page's Content-Security-Policy lets it ask.

    Raises:
        SiteError: the page has no such policy.
    """
    text, count = POLICY.subn(lambda found: f"{found[1]} {origin}", index.read_text(encoding="utf-8"))
    if count != 1:
        raise SiteError(
            f"{index.name} needs one <meta http-equiv=\"Content-Security-Policy\"> with connect-src 'self', to which "
            f"{origin} can be added; it has {count}"
        )
    index.write_text(text, encoding="utf-8")


def main() -> int:
    """Write the site for the API of API_URL, or for none, and return an exit code."""
    api_url = os.environ.get("API_URL") or None
    try:
        build(OUT, api_url, PACKAGED_MODEL)
    except (ModelError, SiteError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    count = sum(path.is_file() for path in OUT.rglob("*"))
    print(f"{OUT}: {count} files, {size_bytes(OUT) / 1e3:.0f} kB, for any static host, under any path")
    if api_url and api_url.startswith("/"):
        print(f"It asks {api_url} of the host that it is served from")
    elif api_url:
        print(f"It asks {api_url}, which has to allow the origin that it is served from: see ALLOWED_ORIGINS in README")
    else:
        print("It needs no API: the browser scores by the model.json beside the page")
    print(f"To look at it: python3 -m http.server --bind 127.0.0.1 --directory {OUT.relative_to(ROOT)} 8000")
    return 0


if __name__ == "__main__":
    sys.exit(main())
