"""Texts that documents are written in: JSON and YAML, each read strictly, each with the places of its parts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from apps.core import json_places, places, strict_json
from apps.core.places import Finder
from apps.core.schemas import Problem
from apps.core.strict_json import Malformed
from apps.templates import yaml_text


@dataclass(frozen=True, slots=True)
class Language:
    read: Callable[[bytes], Any]
    find: Finder


JSON = Language(strict_json.loads, json_places.find)
YAML = Language(yaml_text.loads, yaml_text.find)
# By the endings of files' names.
LANGUAGES = {".json": JSON, ".yaml": YAML, ".yml": YAML}


@dataclass(frozen=True, slots=True)
class Source:
    """A text and its language."""

    text: bytes
    language: Language

    def read(self) -> Any:
        """The value of the text; Malformed with line and column."""
        try:
            return self.language.read(self.text)
        except Malformed as error:
            raise Malformed(*self.located([error.problem])) from error

    def located(self, problems: Iterable[Problem]) -> list[Problem]:
        """Problems of the value, each with its line and column in the text."""
        return places.located(problems, self.text, self.language.find)
