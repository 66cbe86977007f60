"""The row validator, made of the schema in model.json: what is served is exactly what /schema says."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from predict.problems import Schema, refuse_row


class RowValidator:
    """Checks rows against a schema: unknown fields, unseen categories and values of another type are refused."""

    def __init__(self, schema: Schema) -> None:
        """Prepare the checks of `schema`; any text can be a field's name."""
        required = set(schema["required"])
        self._fields: dict[str, Any] = {
            name: _value_type(value) if name in required else NotRequired[_value_type(value)]
            for name, value in schema["properties"].items()
        }
        make: Any = TypedDict  # for a type checker it is no function
        self._adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(
            with_config(ConfigDict(strict=True))(make("Row", self._fields))
        )
        self._schema = schema

    def check(self, given: Any, *, is_brief: bool = False) -> dict[str, Any]:
        """Return a row with every field of the schema, in its order; what is left out is None.

        Raises:
            RowError: it is no such row; `errors` has an entry per bad field, without what is allowed if `is_brief`.
        """
        unknown = [name for name in given if name not in self._fields] if isinstance(given, dict) else []
        # Pydantic would make an error of each, however many there are, and stop at a name that is no Unicode.
        known = {name: value for name, value in given.items() if name in self._fields} if unknown else given
        try:
            row = self._adapter.validate_python(known)
        except ValidationError as error:
            raise refuse_row(error.errors(include_url=False), unknown, given, self._schema, is_brief=is_brief) from None
        if unknown:
            raise refuse_row([], unknown, given, self._schema, is_brief=is_brief)
        if len(row) < len(self._fields):
            return {name: row.get(name) for name in self._fields}
        return row


def _value_type(value: dict[str, Any]) -> Any:
    if "enum" in value:
        return Literal[tuple(value["enum"])]
    return Annotated[float, Field(ge=value["minimum"], le=value["maximum"], allow_inf_nan=False)]
