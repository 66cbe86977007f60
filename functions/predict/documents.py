"""Documents: what can be kept by a cache, told apart by a hash of its bytes."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import os
import re
from pathlib import Path

from fastapi import HTTPException, Request, Response
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

HERE = Path(__file__).parent
HTML = "text/html"
SCHEMA = "application/schema+json"
PAGE_POLICY = "frame-ancestors 'none'"  # which a <meta> cannot say; the rest of the page's policy is one, for any host
REPORT_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; {PAGE_POLICY}"
SWAGGER = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"  # where FastAPI's page of the API has its files
DOCS_POLICY = (
    f"default-src 'none'; script-src {SWAGGER} {{hashes}}; style-src {SWAGGER} 'unsafe-inline'; img-src 'self' data:; "
    f"connect-src 'self'; base-uri 'none'; form-action 'none'; {PAGE_POLICY}"
)
INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
SAFETY = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def answer_document(request: Request, body: bytes, media_type: str, policy: str | None = None) -> Response:
    """Return `body` with its ETag, or 304 where the client has it already; `policy` is its Content-Security-Policy.

    A cache may keep it, but has to ask each time: another model or page can be there at any moment. The ETag is a hash
    of the bytes, since all files of a package have the same date.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", **SAFETY}
    if policy:
        headers["Content-Security-Policy"] = policy
    known = ",".join(request.headers.getlist("if-none-match"))
    if known.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in known.split(",")):
        return Response(status_code=304, headers=headers, media_type=media_type)  # else Mangum makes it JSON
    return Response(body, media_type=media_type, headers=headers)


def docs_policy(page: bytes) -> str:
    """Return the policy of FastAPI's page of the API, which allows the script that stands in it by its hash."""
    digests = (hashlib.sha256(script).digest() for script in INLINE_SCRIPT.findall(page))
    return DOCS_POLICY.format(hashes=" ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests))


class Page(StaticFiles):
    """The files of the static page."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file; what there is none of is not found, by whatever method."""
        if scope["method"] != "GET" and self.lookup_path(path)[1] is None:
            raise HTTPException(404)
        return await super().get_response(path, scope)

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Return the file of a path, or None for one that no file can have: with a NUL, or too long."""
        try:
            return super().lookup_path(path)
        except (OSError, ValueError):
            return "", None

    def file_response(
        self,
        full_path: PathLike,
        stat_result: os.stat_result,  # noqa: ARG002 (StaticFiles passes it)
        scope: Scope,
        status_code: int = 200,  # noqa: ARG002
    ) -> Response:
        """Return a file as a document."""
        media_type = mimetypes.guess_type(str(full_path))[0] or "application/octet-stream"
        policy = PAGE_POLICY if media_type == HTML else None
        return answer_document(Request(scope), Path(full_path).read_bytes(), media_type, policy)


def page_folder() -> Path:
    """Return the folder of the static page: in the package beside this file, in the repository under frontend/."""
    packaged = HERE / "static"
    return packaged if packaged.is_dir() else HERE.parents[1] / "frontend" / "static"
