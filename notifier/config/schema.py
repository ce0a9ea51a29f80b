"""The JSON Schema of rules.yaml, made from the model, for editors that complete and check while you type.

It says what `RulesFile` says of shape: keys, types, names and patterns. What
takes a look at the whole file (does that channel exist?) is for the loader.
Draft 7, because the YAML language server knows that one best.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from notifier.config import duration
from notifier.config.model.file import RulesFile

DIALECT = "http://json-schema.org/draft-07/schema#"
FILE = "rules.schema.json"
"""The name that it has beside a rules.yaml."""


def schema() -> dict[str, Any]:
    """Return the schema as plain data."""
    made = RulesFile.model_json_schema(schema_generator=_Generator)
    return {"$schema": DIALECT, "title": "rules.yaml of notifier", **made}


def text() -> str:
    """Return the schema as it is shipped: JSON, indented, in a fixed order."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


class _Generator(GenerateJsonSchema):
    """Says what the loader takes, where pydantic would say what it makes of it."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  the key itself is the title
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("title", None)  # the name of one of our classes
        return made

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        # None stands for a key that is left out; an empty value in the file is refused.
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        if "patternProperties" in made:
            made["additionalProperties"] = False
        elif "propertyNames" not in made and "keys_schema" in schema:
            # pydantic passes over keys that are described by anything but plain text.
            keys = self.generate_inner(schema["keys_schema"])
            if set(keys) != {"type"}:
                made["propertyNames"] = keys
        return made

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        value = made.get("default")
        if value is None or value in ({}, "") or isinstance(value, dict):
            made.pop("default", None)  # says nothing, or what the keys within say themselves
        elif isinstance(value, float) and not _takes_numbers(made):
            made["default"] = duration.text(value)
        return made

    def encode_default(self, dft: Any) -> Any:
        return dft if isinstance(dft, float) else super().encode_default(dft)  # JSON has no infinity

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:  # noqa: ARG002
        return value  # keys stand as in the model, the most important first


def _takes_numbers(made: JsonSchemaValue) -> bool:
    return made.get("type") in ("number", "integer")
