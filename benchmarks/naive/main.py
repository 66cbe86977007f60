"""The naive function, as in many templates: a pickled pipeline, loaded at import, predicts a row of pandas."""

from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from fastapi import FastAPI
from mangum import Mangum

model = joblib.load(Path(__file__).with_name("model.joblib"))
app = FastAPI()


@app.post("/predict")
async def predict(row: dict[str, Any]) -> dict[str, Any]:
    """Predict one row, which nothing has checked."""
    frame = pd.DataFrame([row])
    if hasattr(model, "predict_proba"):
        return {"probabilities": model.predict_proba(frame)[0].tolist()}
    return {"value": float(model.predict(frame)[0])}


handler = Mangum(app, lifespan="off")
