"""The bodies of the calls on triggers."""

from typing import Any

from apps.core.api.bodies import Body
from apps.workflows.triggers.definition import EVERYTHING, Definition

# The grammar of each says more; these bound what its messages repeat.
LONGEST = {"name": 100, "topic": 249, "filter": 1000, "templateId": 100, "version": 200}
KEYS = (*LONGEST, "input", "enabled")
REQUIRED = ("name", "topic", "templateId")


def definition(value: Any, *, name: str | None = None) -> Definition:
    """The body of ``POST /triggers``; that of a ``PUT`` has the ``name`` of its address, or none."""
    required = REQUIRED if name is None else REQUIRED[1:]
    body = Body(value, known=KEYS, required=required)
    texts = {
        key: body.text(key, longest=longest) for key, longest in LONGEST.items() if not _is_null_version(body, key)
    }
    if name is not None and texts["name"] not in (None, name):
        body.wrong("name", "the name of a trigger stays")
    enabled = body.value.get("enabled", True)
    if not isinstance(enabled, bool):
        body.wrong("enabled", "must be true or false")
    body.settle()
    return Definition(
        name=name or texts["name"] or "",
        topic=texts["topic"] or "",
        template_id=texts["templateId"] or "",
        filter=texts["filter"] or EVERYTHING,
        version=texts.get("version"),
        input=body.value.get("input", {}),
        enabled=enabled,
    )


def _is_null_version(body: Body, key: str) -> bool:
    """As triggers are served that want the newest version."""
    return key == "version" and body.value.get(key, "") is None
