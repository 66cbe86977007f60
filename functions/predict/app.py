"""The FastAPI app: the routes of the API and the static page."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.exceptions import HTTPException

from predict.accept import choose
from predict.batch import predict_batch, read_csv, read_rows, write_csv
from predict.body import CSV, JSON, parse_json, read_body
from predict.documents import HTML, REPORT_POLICY, SCHEMA, SWAGGER, Page, answer_document, docs_policy
from predict.envelope import Envelope
from predict.model import Model
from predict.problems import add_problem_handlers
from predict.query import read_switch
from predict.row import RowValidator
from predict.settings import Settings

MOST_ANSWER_BYTES = 6_250_000  # as the JSON text that Lambda passes on, of which it takes 6,291,556 with the headers
INSTANT = 6  # fields whose contributions take less time than to hand them to a thread


def create_app(
    model: Model,
    page: Path,
    report: Path | bytes | None = None,
    settings: Settings = Settings(),  # noqa: B008 (frozen)
    health: Callable[[], dict[str, Any]] = dict,
) -> FastAPI:
    """Return the app that answers with `model` and serves the folder `page` at / and `report` at /report.

    `report` is a file, or the contents of one. /health answers with what `health` returns, too.
    """
    limits = {"max_body_bytes": settings.max_body_bytes, "max_batch_rows": settings.max_batch_rows}
    limits["max_answer_bytes"] = MOST_ANSWER_BYTES
    schema = {**model.document["schema"], "x-limits": limits}
    version = {"model_version": model.version}
    validator = RowValidator(schema)
    app = FastAPI(
        title=model.document["title"],
        version=model.version,
        description=f"Predicts {model.document['target']['name']}. /model tells how well, and the limits of use.",
        redirect_slashes=False,
        openapi_url=None,  # served below, relative to whatever prefix the request came by
        telemetry={"tracing": False, "metrics": False, "logs": False},  # the package holds nothing that would send it
    )
    _wrap(app, model.version, settings)

    async def read_row(request: Request) -> dict[str, Any]:
        choose(request.headers.getlist("accept"), (JSON,))
        _media_type, text = await read_body(request, (JSON,), settings.max_body_bytes)
        return validator.check(parse_json(text))

    async def explain(row: dict[str, Any]) -> dict[str, Any]:
        return model.explain(row) if len(row) <= INSTANT else await run_in_threadpool(model.explain, row)

    @app.post("/predict", summary="Predict one row", response_model=None)
    async def predict(request: Request) -> Response:
        """`?explain=true` adds what /explain answers."""
        is_explained = read_switch(request, "explain")
        row = await read_row(request)
        answer = model.predict(row)
        if is_explained:
            answer["explanation"] = await explain(row)
        return _json(answer)

    @app.post("/explain", summary="Explain the prediction of one row", response_model=None)
    async def explain_row(request: Request) -> Response:
        """How much each field moves the prediction away from that of the typical row: baseline Shapley values."""
        row = await read_row(request)
        return _json(await explain(row) | version)

    @app.post("/predict/batch", summary="Predict many rows", response_model=None)
    async def predict_rows(request: Request) -> Response:
        """A JSON array of rows, or a CSV with a header, answered in kind unless Accept asks for the other.

        A row that cannot be used has a `problem` in place of a prediction.
        """
        body_type, text = await read_body(request, (JSON, CSV), settings.max_body_bytes)
        answer_type = choose(request.headers.getlist("accept"), (CSV, JSON) if body_type == CSV else (JSON, CSV))

        def answer() -> Response:
            rows = read_csv(text, schema) if body_type == CSV else read_rows(parse_json(text))
            results = predict_batch(model, validator, rows, settings.max_batch_rows)
            if answer_type == CSV:
                body = write_csv(model, results).encode()
            else:
                body = _dump({"results": [place | outcome for place, outcome in results], **version})
            check_size(body, "send fewer rows")
            return Response(body, media_type=answer_type)

        return await run_in_threadpool(answer)

    @app.get("/schema", summary="What a row may hold, as JSON Schema", response_model=None)
    async def get_schema(request: Request) -> Response:
        return answer_document(request, _dump(schema), SCHEMA)

    @cache
    def card() -> bytes:
        return _dump(model.card)

    @app.get("/model", summary="The model's metrics, provenance and limits of use", response_model=None)
    async def get_model(request: Request) -> Response:
        return answer_document(request, card(), JSON)

    @cache
    def whole() -> bytes | HTTPException:  # which is not worked out anew for each who asks
        body = _dump(model.document)
        try:
            check_size(body, "ask /predict instead")
        except HTTPException as refusal:
            return refusal
        return body

    @app.get("/model.json", summary="The model as it was baked, to score rows elsewhere", response_model=None)
    async def get_whole_model(request: Request) -> Response:
        body = await run_in_threadpool(whole)
        if isinstance(body, HTTPException):
            raise HTTPException(body.status_code, body.detail)
        return answer_document(request, body, JSON)

    @app.get("/health", summary="Whether the function is up, and with which model", response_model=None)
    async def get_health() -> Response:
        answer = {"status": "ok", "name": model.document["name"], **version, **health()}
        return _json(answer, {"Cache-Control": "no-store"})

    @app.get("/report", summary="The report on how good the model is, as a page", response_model=None)
    async def get_report(request: Request) -> Response:
        contents = report.read_bytes() if isinstance(report, Path) and report.is_file() else report
        if not isinstance(contents, bytes):
            raise HTTPException(404, "There is no report beside this model; `make train` writes one.")
        return answer_document(request, contents, HTML, REPORT_POLICY)

    @app.get("/openapi.json", include_in_schema=False)
    async def get_openapi(request: Request) -> Response:
        from predict.openapi import describe  # not needed at start

        return answer_document(request, _dump(describe(app, model, schema, str(request.base_url))), JSON)

    @app.get("/docs", include_in_schema=False)
    async def get_docs(request: Request) -> Response:
        # The samples are in the descriptions already.
        parameters = {"showExtensions": False}
        found = get_swagger_ui_html(
            openapi_url="openapi.json",
            title=html.escape(app.title),
            oauth2_redirect_url=None,
            swagger_js_url=f"{SWAGGER}swagger-ui-bundle.js",
            swagger_css_url=f"{SWAGGER}swagger-ui.css",
            swagger_favicon_url="icon.svg",
            swagger_ui_parameters=parameters,
        )
        body = bytes(found.body)
        return answer_document(request, body, HTML, docs_policy(body))

    # Not a mount: that would also take what a route has the path of, but not the method.
    app.router.default = Page(directory=page, html=True)
    return app


def check_size(body: bytes, cure: str) -> None:
    """Raise HTTPException 413 for an answer that Lambda could not pass on, since as JSON text it is too large."""
    if len(body) <= MOST_ANSWER_BYTES / 6:  # as JSON text, a byte takes six at most
        return
    size = len(json.dumps(body.decode()))
    if size > MOST_ANSWER_BYTES:
        detail = f"The answer has {size:,} bytes as JSON, at most {MOST_ANSWER_BYTES:,} can be sent; {cure}."
        raise HTTPException(413, detail)


def _wrap(app: FastAPI, version: str, settings: Settings) -> None:
    """Add what every answer goes through; what is added last is the outermost."""
    add_problem_handlers(app)
    app.add_middleware(Envelope, version=version, log_inputs=settings.log_inputs)
    if settings.allowed_origins:
        from fastapi.middleware.cors import CORSMiddleware  # seldom needed: a function URL does it

        exposed = ["X-Model-Version", "X-Request-Id"]
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["*"],
            expose_headers=exposed,
        )


def _dump(value: Any) -> bytes:
    """Return a value as JSON; NaN and infinity would be a bug, and raise ValueError."""
    return _ENCODER.encode(value).encode()


def _json(value: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(_dump(value), headers=headers, media_type=JSON)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
