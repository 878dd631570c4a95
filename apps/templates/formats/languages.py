"""Languages that documents are written in: JSON and YAML, each read strictly, with locations of its parts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from apps.core.json import locations, strict, text_locations
from apps.core.json.locations import Finder
from apps.core.json.strict import Malformed
from apps.core.schema.json_schema import Problem
from apps.templates.formats import yaml_reader


@dataclass(frozen=True, slots=True)
class Language:
    read: Callable[[bytes], Any]
    find: Finder


JSON = Language(strict.loads, text_locations.find)
YAML = Language(yaml_reader.loads, yaml_reader.find)
# By the endings of files' names.
LANGUAGES = {".json": JSON, ".yaml": YAML, ".yml": YAML}


@dataclass(frozen=True, slots=True)
class Source:
    """A text and its language."""

    text: bytes
    language: Language

    def read(self) -> Any:
        """Return the value of the text. Raises Malformed with line and column."""
        try:
            return self.language.read(self.text)
        except Malformed as error:
            raise Malformed(*self.located([error.problem])) from error

    def located(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return problems of the value, each with its line and column in the text."""
        return locations.with_locations(problems, self.text, self.language.find)
