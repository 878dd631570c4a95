"""The check of a document while it is written: its problems, and the update that it needs."""

from collections.abc import Mapping
from typing import Any

from apps.core.api.problems import error_item
from apps.core.errors import Invalid
from apps.core.json.strict import Malformed
from apps.core.schema.json_schema import Problem
from apps.templates.admin.comparison import update
from apps.templates.admin.editor_languages import DEFAULT, LANGUAGES, source
from apps.templates.admin.edits import Edit
from apps.templates.comparison.compatibility import LEVELS, Level
from apps.templates.documents import validation
from apps.templates.documents.step_types import registry

Answer = dict[str, Any]


def check(edit: Edit, given: Mapping[str, str]) -> Answer:
    """Return what the page shows of a text in the language ``language``, as an update of the kind ``update_type``.

    ``problems`` with their places in the text; ``update``, of a valid document: how it differs from the version that
    it follows; ``converted``: the text in the language ``to``, if that is asked for and the text can be read.
    """
    language = given.get("language", "")
    text = source(given.get("text", ""), language if language in LANGUAGES else DEFAULT)
    try:
        document = text.read()
    except Malformed as error:
        return _answer([error.problem])
    wanted = LANGUAGES.get(given.get("to", ""))
    problems, complete = _problems(edit, document, level_of(given.get("update_type")))
    return _answer(
        text.located(problems),
        needed=None if problems else _update(edit, complete),
        converted=wanted.write(document) if wanted else None,
    )


def level_of(text: str | None) -> Level:
    return text if text in LEVELS else "patch"


def _answer(problems: list[Problem], *, needed: Answer | None = None, converted: str | None = None) -> Answer:
    return {"problems": [error_item(problem) for problem in problems], "update": needed, "converted": converted}


def _problems(edit: Edit, document: Any, update_type: Level) -> tuple[list[Problem], Any]:
    try:
        complete = edit.completed(document, update_type)
    except Invalid as error:
        return list(error.problems), None
    return validation.validate(complete, registry), complete


def _update(edit: Edit, document: dict[str, Any]) -> Answer | None:
    before = edit.before(document)
    return update(before, document["version"], document) if before else None
