"""``validation``: asks rules and a JSON Schema of data, and names all that is broken at once."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from apps.core.schema import json_schema
from apps.core.schema.json_schema import Problem
from apps.templates.documents.step_types import StepType
from apps.workflows.executor.job_types import card_rules
from apps.workflows.executor.job_types.base import JobContext, JobFailed, JobResult
from apps.workflows.executor.job_types.rules import RULES

# Importing them registers them.
_BUILT_IN = (card_rules,)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _check(config: Mapping[str, Any]) -> list[Problem]:
    """Rules that exist and a schema that can be used."""
    found = []
    for index, wanted in enumerate(config.get("rules", [])):
        name, pointer = (wanted["rule"], "/rule") if isinstance(wanted, Mapping) else (wanted, "")
        if name not in RULES and "${" not in name:
            message = f"there is no rule {name[:100]!r}, only {', '.join(sorted(RULES))}"
            found.append(Problem(f"/rules/{index}{pointer}", message))
    if "schema" in config and not isinstance(config["schema"], str):
        found += json_schema.check_schema(config["schema"], "/schema")
    return found


class Validation:
    """``rules`` are names, or ``{"rule": name, "path": "cardDetails.number"}`` with a dotted path into the data."""

    spec = StepType(
        name="validation",
        config_schema={
            "type": "object",
            "properties": {
                "rules": {
                    "type": "array",
                    "maxItems": 1000,
                    "items": {
                        "type": ["string", "object"],
                        "properties": {"rule": {"type": "string"}, "path": {"type": "string"}},
                        "required": ["rule"],
                        "additionalProperties": False,
                    },
                },
                "schema": {"type": ["object", "boolean"]},
                "data": True,
            },
            "additionalProperties": False,
            "anyOf": [{"required": ["rules"]}, {"required": ["schema"]}],
        },
        repeatable=True,
        secrets=False,
        check=_check,
    )

    def __init__(self, clock: Callable[[], datetime] = _utc_now) -> None:
        self._clock = clock

    def run(self, config: Mapping[str, Any], context: JobContext) -> JobResult:
        data = config.get("data", context.input)
        details = [*self._broken_rules(config.get("rules", []), data)]
        if "schema" in config:
            details += _broken_schema(config["schema"], data)
        if details:
            names = ", ".join(dict.fromkeys(_located(detail["rule"], detail["path"]) for detail in details))
            raise JobFailed("validation", f"broken rules: {names}"[:500], details=details)
        return JobResult({"valid": True})

    def _broken_rules(self, wanted: list[Any], data: Any) -> Iterator[dict[str, str]]:
        now = self._clock()
        for item in wanted:
            options = item if isinstance(item, Mapping) else {"rule": item}
            rule = RULES[options["rule"]]
            broken = rule.check(data, options.get("path", rule.default_path), now)
            if broken:
                yield {"rule": rule.name, "path": broken.path, "message": broken.message}


def _broken_schema(schema: json_schema.Schema, data: Any) -> list[dict[str, str]]:
    return [
        {"rule": "schema", "path": _dotted(problem.pointer), "message": problem.message}
        for problem in json_schema.problems(schema, data)
    ]


def _located(rule: str, path: str) -> str:
    """Return the rule with the path of what broke it; the data as a whole has none."""
    return f"{rule} ({path})" if path else rule


def _dotted(pointer: str) -> str:
    """Return a JSON Pointer as the dotted path that rules use."""
    return ".".join(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
