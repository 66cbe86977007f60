"""The entry points: `app` for ASGI servers, `handler` for AWS Lambda. The model is loaded here, at import."""

from __future__ import annotations

import os

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from predict.app import create_app, page_folder
from predict.model import REPORT, load_model
from predict.settings import Settings

settings = Settings.from_environment(os.environ)
app = create_app(load_model(settings.model_path), page_folder(), settings.model_path.with_name(REPORT))
# Mangum would run the lifespan at every invocation; there is none. What is not listed as text is sent as base64.
TEXT_TYPES = [*DEFAULT_TEXT_MIME_TYPES, "application/problem+json", "application/schema+json"]
handler = Mangum(app, lifespan="off", text_mime_types=TEXT_TYPES)
