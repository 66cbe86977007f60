"""The entry points: `app` for ASGI servers, `handler` for AWS Lambda. The model is loaded here, at import."""

from __future__ import annotations

import os
from functools import partial

from pydantic import BaseModel
from starlette.types import ASGIApp

# FastAPI's 40 models of OpenAPI are built when /openapi.json is asked for, not at each cold start, a tenth of which
# they take. See docs/decisions/0010.
BaseModel.model_config["defer_build"] = True
import fastapi.openapi.models  # noqa: E402, F401

del BaseModel.model_config["defer_build"]

from predict.app import create_app  # noqa: E402
from predict.documents import page_folder  # noqa: E402
from predict.events import Handler  # noqa: E402
from predict.model import REPORT, load_model  # noqa: E402
from predict.settings import Settings  # noqa: E402

settings = Settings.from_environment(os.environ)
make_app = partial(create_app, page=page_folder(), settings=settings)
if settings.registry:
    from predict.live import LiveApp, make_s3_client  # not needed for a packaged model: boto3 takes long to import

    app: ASGIApp = LiveApp(
        settings.registry,
        make_s3_client(),
        lambda model, report, health: make_app(model, report=report, health=health),
        settings.model_path,
        settings.refresh_s,
    )
else:
    # read now, too: a training may replace both files while this one serves the model that it has
    report = settings.model_path.with_name(REPORT)
    app = make_app(load_model(settings.model_path), report=report.read_bytes() if report.is_file() else None)
handler = Handler(app, settings.base_path)
