"""Languages that a document is written in on the page, by the names that the page has for them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.templates.formats import languages, yaml_writer
from apps.templates.formats.languages import Source


@dataclass(frozen=True)
class EditorLanguage:
    label: str
    language: languages.Language
    write: Callable[[Any], str]


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


LANGUAGES = {
    "yaml": EditorLanguage("YAML", languages.YAML, yaml_writer.dumps),
    "json": EditorLanguage("JSON", languages.JSON, _json),
}
DEFAULT = "yaml"


def source(text: str, language: str) -> Source:
    # Forms send their own line ends.
    return Source(text.replace("\r\n", "\n").encode(), LANGUAGES[language].language)
