"""The meta-schema of draft 2020-12, as schemas are checked against it here.

The published one spreads over eight documents that refer to each other dynamically, which costs five times as much for
each part of a schema. Its documents stay to be referred to, without ``$schema``: where the library meets that, it takes
its own class, and so its own keywords.
"""

import json
from collections.abc import Mapping
from typing import Any

from jsonschema_specifications import REGISTRY as PUBLISHED
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_VOCABULARIES = ("core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation", "content")
_URIS = (DIALECT, *(f"https://json-schema.org/draft/2020-12/meta/{name}" for name in _VOCABULARIES))


def _document(uri: str) -> dict[str, Any]:
    return {key: value for key, value in PUBLISHED.contents(uri).items() if key != "$schema"}


def _in_one() -> Mapping[str, Any]:
    """Return all of it as one schema. No two documents have a keyword or a definition of the same name."""
    documents = [_document(uri) for uri in _URIS]
    whole = {
        "type": ["object", "boolean"],
        "properties": {key: rule for document in documents for key, rule in document["properties"].items()},
        "$defs": {key: rule for document in documents for key, rule in document.get("$defs", {}).items()},
    }
    text = json.dumps(whole).replace('"$dynamicRef": "#meta"', '"$ref": "#"')
    for name in _VOCABULARIES:
        text = text.replace(f'"meta/{name}#/', '"#/')
    merged: dict[str, Any] = json.loads(text)
    return merged


META_SCHEMA = _in_one()
REGISTRY: "Registry[Any]" = (
    Registry().with_resources((uri, DRAFT202012.create_resource(_document(uri))) for uri in _URIS).crawl()
)


def resource(schema: Any) -> "Resource[Any]":
    return DRAFT202012.create_resource(schema)
