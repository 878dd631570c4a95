"""The groups of the JSON-Schema-Test-Suite: a schema and the values that are asked of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILES = Path(__file__).parents[1] / "conformance" / "json_schema_test_suite" / "draft2020-12"

# Groups whose schema refers to, or is written in the dialect of, a document elsewhere: they are refused.
REMOTE = {
    "dynamicRef: strict-tree schema, guards against misspelled properties": "/$ref",
    "dynamicRef: tests for implementation dynamic anchor and reference link": "/$ref",
    "dynamicRef: $ref and $dynamicAnchor are independent of order - $defs first": "/allOf/0/$ref",
    "dynamicRef: $ref and $dynamicAnchor are independent of order - $ref first": "/allOf/1/$ref",
    "dynamicRef: $ref to $dynamicRef finds detached $dynamicAnchor": "/$ref",
    "vocabulary: schema that uses custom metaschema with with no validation vocabulary": "/$schema",
    "vocabulary: ignore unrecognized optional vocabulary": "/$schema",
}


@dataclass(frozen=True)
class Group:
    name: str
    schema: Any
    values: list[tuple[str, Any, bool]]


def groups() -> list[Group]:
    return [
        Group(
            f"{path.stem}: {group['description']}",
            group["schema"],
            [(test["description"], test["data"], test["valid"]) for test in group["tests"]],
        )
        for path in sorted(FILES.glob("*.json"))
        for group in json.loads(path.read_text(encoding="utf-8"))
    ]


GROUPS = groups()
FOLLOWED = [group for group in GROUPS if group.name not in REMOTE]
REFUSED = [group for group in GROUPS if group.name in REMOTE]
