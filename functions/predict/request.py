"""The request and answer models of the API, built from the schema in model.json."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model


class BinaryPrediction(BaseModel):
    """The answer of POST /predict where the target is one of two classes."""

    label: str = Field(description="The likelier class.")
    probability: float = Field(description="The probability of the positive class.")
    probabilities: dict[str, float] = Field(description="The probability of each class.")
    base_rate: float = Field(description="The share of the positive class in the training rows: what is usual.")
    model_version: str


class ClassPrediction(BaseModel):
    """The answer of POST /predict where the target is one of several classes."""

    label: str = Field(description="The likeliest class.")
    probability: float = Field(description="The probability of that class.")
    probabilities: dict[str, float] = Field(description="The probability of each class.")
    base_rate: float = Field(description="The share of that class in the training rows: what is usual.")
    model_version: str


class ValuePrediction(BaseModel):
    """The answer of POST /predict where the target is a number."""

    value: float = Field(description="The expected value.")
    typical_error: float = Field(description="The mean distance from the true values of rows held out of training.")
    base_value: float = Field(description="The mean of the training rows: what is usual.")
    model_version: str


ANSWERS: dict[str, type[BaseModel]] = {
    "binary": BinaryPrediction,
    "multiclass": ClassPrediction,
    "regression": ValuePrediction,
}


def make_row_model(schema: dict[str, Any], example: dict[str, Any]) -> type[BaseModel]:
    """Return the pydantic model of a row that keeps to `schema`.

    Unknown fields, unseen categories and values of another type are refused. A column's name is its field's alias, so
    that any text can be a column's name.
    """
    required = set(schema["required"])
    fields: dict[str, Any] = {
        f"field_{position}": (_value_type(value), _field(name, value, required=name in required))
        for position, (name, value) in enumerate(schema["properties"].items())
    }
    config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [example]})
    return create_model("Row", __config__=config, **fields)


def _value_type(value: dict[str, Any]) -> Any:
    if "enum" in value:
        return Literal[tuple(value["enum"])]
    return Annotated[float, Field(ge=value["minimum"], le=value["maximum"], allow_inf_nan=False)]


def _field(name: str, value: dict[str, Any], *, required: bool) -> Any:
    hints = {"alias": name, "title": value["x-label"], "description": value.get("description")}
    return Field(**hints) if required else Field(default=None, **hints)
