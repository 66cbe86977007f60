"""The floor: the same request model, middleware and adapter as the function, and a constant answer."""

from typing import Any

from fastapi import FastAPI
from mangum import Mangum

from predict.app import ModelVersionHeader
from predict.model import Model
from predict.request import ANSWERS, make_row_model


def floor_handler(model: Model) -> Mangum:
    """Return a Lambda handler that validates rows as the function with `model` does, but does not score them."""
    row_model = make_row_model(model.document["schema"], model.document["typical_row"])
    answer = model.predict(model.document["typical_row"])
    app = FastAPI()
    app.add_middleware(ModelVersionHeader, version=model.version)

    async def predict(_row: row_model) -> dict[str, Any]:  # type: ignore[valid-type]
        return answer

    app.post("/predict", response_model=ANSWERS[model.document["task"]])(predict)
    return Mangum(app, lifespan="off")
