"""The FastAPI app: the routes of the API and the static page."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from predict.model import Model
from predict.problems import REFUSALS, add_problem_handlers
from predict.request import ANSWERS, make_row_model

HERE = Path(__file__).parent


class ModelVersionHeader:
    """Says in every answer which model gave it: the header X-Model-Version."""

    def __init__(self, app: ASGIApp, version: str) -> None:
        """Wrap `app`, whose answers come from the model of this version."""
        self.app = app
        self.version = version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the header to the response's start."""

        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Model-Version"] = self.version
            await send(message)

        await self.app(scope, receive, send_with_version)


def page_folder() -> Path:
    """Return the folder of the static page: in the package beside this file, in the repository under frontend/."""
    packaged = HERE / "static"
    return packaged if packaged.is_dir() else HERE.parents[1] / "frontend" / "static"


def create_app(model: Model, page: Path, report: Path | None = None) -> FastAPI:
    """Return the app that answers with `model` and serves the folder `page` at / and the file `report` at /report."""
    document = model.document
    schema, example = document["schema"], document["typical_row"]
    row_model = make_row_model(schema, example)
    app = FastAPI(
        title=document["title"],
        version=model.version,
        description="Predicts " + document["target"]["name"] + ". /model tells how well, and the limits of use.",
    )
    app.add_middleware(ModelVersionHeader, version=model.version)
    add_problem_handlers(app, schema)

    @app.post("/predict", summary="Predict one row", response_model=ANSWERS[document["task"]], responses=REFUSALS)
    async def predict(row: row_model) -> dict[str, Any]:  # type: ignore[valid-type]
        return model.predict(row.model_dump(by_alias=True))  # type: ignore[attr-defined]

    @app.get("/schema", summary="What a row may hold, as JSON Schema")
    async def get_schema() -> JSONResponse:
        return JSONResponse(schema, media_type="application/schema+json")

    @app.get("/model", summary="The model's metrics, provenance and limits of use")
    async def get_model() -> JSONResponse:
        return JSONResponse(model.card)

    @app.get("/health", summary="Whether the function is up, and with which model")
    async def get_health() -> dict[str, str]:
        return {"status": "ok", "name": document["name"], "model_version": model.version}

    @app.head("/report", include_in_schema=False)
    @app.get("/report", summary="The report on how good the model is, as a page", response_class=FileResponse)
    async def get_report() -> FileResponse:
        if report is None or not report.is_file():
            raise HTTPException(404, "There is no report beside this model; `make train` writes one.")
        return FileResponse(report, media_type="text/html")

    # Not a mount: that would also take what a route has the path of, but not the method.
    app.router.default = StaticFiles(directory=page, html=True)
    return app
