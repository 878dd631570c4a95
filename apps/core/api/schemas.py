"""Building blocks of schemas in the OpenAPI document."""

from typing import Any

Schema = dict[str, Any]


def object_of(properties: Schema, *, optional: tuple[str, ...] = (), title: str = "") -> Schema:
    schema: Schema = {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }
    return {"title": title, **schema} if title else schema


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def page_of(item: Schema) -> Schema:
    return object_of({"items": {"type": "array", "items": item}, "next": or_null({"type": "string", "format": "uri"})})
