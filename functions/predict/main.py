"""The entry points: `app` for ASGI servers, `handler` for AWS Lambda. The model is loaded here, at import."""

from __future__ import annotations

import os

from mangum import Mangum

from predict.app import create_app, page_folder
from predict.model import load_model
from predict.settings import Settings

settings = Settings.from_environment(os.environ)
app = create_app(load_model(settings.model_path), page_folder())
# Mangum would run the lifespan at every invocation; there is none.
handler = Mangum(app, lifespan="off")
