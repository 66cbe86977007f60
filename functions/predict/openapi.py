"""The OpenAPI document: FastAPI's own of the routes, with the bodies, answers and samples that the model decides."""

from __future__ import annotations

import copy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from predict.body import CSV, JSON
from predict.cells import MISSING
from predict.documents import HTML, SCHEMA
from predict.model import Model
from predict.problems import MEDIA_TYPE, Schema
from predict.samples import code_samples

NUMBER, TEXT, COUNT = {"type": "number"}, {"type": "string"}, {"type": "integer", "minimum": 1}
NUMBERS = {"type": "object", "additionalProperties": NUMBER}
VERSION = {"type": "string", "description": "The first 12 hex digits of the model's hash."}
HEADERS = {
    "X-Model-Version": {"schema": TEXT, "description": "The version of the model that is served."},
    "X-Request-Id": {"schema": TEXT, "description": "What the log calls the request."},
}
REFUSALS = {
    "400": "The body is empty, or cannot be read.",
    "406": "The header Accept allows no answer that there is.",
    "413": "The body or the batch is too large; /schema has the limits.",
    "415": "The body is sent compressed, or as something else than the route takes.",
    "422": "What is sent cannot be used; `errors` names every bad field.",
    "500": "The function failed; the cause is in its log.",
}


def describe(app: FastAPI, model: Model, schema: Schema, base_url: str) -> dict[str, Any]:
    """Return the OpenAPI document of `app`, for rows of `schema`, with samples that ask `base_url`, which ends in /."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    document["servers"] = [{"url": "."}]  # relative to this document, so that any prefix works
    document["components"] = {"schemas": _schemas(model, schema)}
    row = model.document["typical_row"]
    for path, (body, answer) in {
        "/predict": (row, "Answer"),
        "/explain": (row, "ExplanationAnswer"),
        "/predict/batch": ([row], "BatchAnswer"),
    }.items():
        operation = document["paths"][path]["post"]
        samples = code_samples(base_url + path.removeprefix("/"), body)
        fences = [f"**{sample['label']}**\n```{sample['lang'].lower()}\n{sample['source']}\n```" for sample in samples]
        operation["description"] = "\n\n".join([operation["description"], *fences])
        operation["x-codeSamples"] = samples
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": _reference("Row")}}}
        operation["responses"] = {
            "200": {"description": "The answer.", "content": {JSON: {"schema": _reference(answer)}}},
            **{status: _refusal(description) for status, description in REFUSALS.items()},
        }
    document["paths"]["/predict"]["post"]["parameters"] = [
        {"name": "explain", "in": "query", "schema": {"type": "boolean", "default": False}}
    ]
    for path, media_type in (("/schema", SCHEMA), ("/report", HTML)):
        (answer,) = document["paths"][path]["get"]["responses"].values()
        answer["content"] = {media_type: {}}
    document["paths"]["/report"]["get"]["responses"]["404"] = _refusal("There is no report.")
    document["paths"]["/model.json"]["get"]["responses"]["413"] = _refusal("The model is larger than can be sent.")
    for path in ("/schema", "/model", "/model.json", "/report"):
        document["paths"][path]["get"]["responses"]["304"] = {"description": "It is as it was: the ETag is the same."}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"]["500"] = _refusal(REFUSALS["500"])
            for response in operation["responses"].values():
                response["headers"] = HEADERS
    batch = document["paths"]["/predict/batch"]["post"]
    rows = {
        "type": "array",
        "items": _reference("Row"),
        "minItems": 1,
        "maxItems": schema["x-limits"]["max_batch_rows"],
    }
    texts = " or ".join(map(repr, schema.get("x-missing", MISSING))) or "none"
    cells = f"A header with the names of the fields, then a row each. Cells that mean missing: {texts}."
    batch["requestBody"]["content"] = {
        JSON: {"schema": rows, "example": [row]},
        CSV: {"schema": {**TEXT, "minLength": 1, "description": cells}},
    }
    batch["responses"]["200"]["content"][CSV] = {"schema": TEXT}
    return document


def _refusal(description: str) -> Schema:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _reference("Problem")}}}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, Schema], *optional: str, description: str = "") -> Schema:
    said = {"description": description} if description else {}
    required = [name for name in properties if name not in optional]
    return {"type": "object", **said, "properties": properties, "required": required}


def _schemas(model: Model, schema: Schema) -> dict[str, Schema]:
    prediction = _prediction(model.document["task"])
    apart = ("$schema", "x-limits", "x-examples", "x-missing")
    row = {key: value for key, value in copy.deepcopy(schema).items() if key not in apart}
    examples = [model.document["typical_row"], *(example["row"] for example in schema.get("x-examples", ()))]
    label = {} if model.document["task"] == "regression" else {"label": {**TEXT, "description": "The class explained."}}
    explanation: dict[str, Schema] = {
        **label,
        "value": {
            **NUMBER,
            "description": "The value that is explained: a probability, or what a regression predicts.",
        },
        "reference": _object({"row": _reference("Row"), "value": NUMBER}, description="The typical row."),
        "contributions": {**NUMBERS, "description": "By field; they add up to the value less the reference's."},
        "exact": {"type": "boolean", "description": "Whether they are exact, or a mean over orders that were drawn."},
    }
    place = {"row": {**COUNT, "description": "From 1."}, "line": {**COUNT, "description": "Of a CSV."}}
    error: dict[str, Schema] = {
        "pointer": {**TEXT, "description": "The field, as a JSON pointer (RFC 6901)."},
        "parameter": {**TEXT, "description": "The parameter of the query, where it is none of the body's fields."},
        "detail": TEXT,
        "given": {"description": "What was given, cut short."},
        "allowed": {"description": "The choices, or the type and limits."},
        "suggestion": {"type": ["string", "null"], "description": "What was probably meant."},
    }
    problem: dict[str, Schema] = {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "errors": {"type": "array", "items": _object(error, "pointer", "parameter", "allowed", "suggestion")},
    }
    results = [_object({**place, **prediction}, "line"), _object({**place, "problem": _reference("Problem")}, "line")]
    return {
        "Row": {**row, "examples": examples},
        "Answer": _object(
            {**prediction, "model_version": VERSION, "explanation": _reference("Explanation")}, "explanation"
        ),
        "Explanation": _object(explanation),
        "ExplanationAnswer": _object({**explanation, "model_version": VERSION}),
        "BatchAnswer": _object({"results": {"type": "array", "items": {"oneOf": results}}, "model_version": VERSION}),
        "Problem": _object(problem, "errors", description="Problem details (RFC 9457)."),
    }


def _prediction(task: str) -> dict[str, Schema]:
    """Return the members of what is predicted for a row."""
    if task == "regression":
        error = "The mean distance from the true values of rows held out of training."
        return {
            "value": {**NUMBER, "description": "The expected value."},
            "typical_error": {**NUMBER, "description": error},
            "base_value": {**NUMBER, "description": "The mean of the training rows: what is usual."},
        }
    shown = {"binary": "the positive class", "multiclass": "that class"}[task]
    return {
        "label": {**TEXT, "description": "The likeliest class."},
        "probability": {**NUMBER, "description": f"The probability of {shown}."},
        "probabilities": {**NUMBERS, "description": "The probability of each class."},
        "base_rate": {**NUMBER, "description": f"The share of {shown} in the training rows: what is usual."},
    }
