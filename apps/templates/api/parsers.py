"""Parsers of documents: JSON as everywhere, and YAML, whose errors have line and column."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from apps.core.api.parsers import StrictJSONParser, bounded
from apps.core.errors import Invalid
from apps.core.json.strict import Malformed
from apps.core.schema.json_schema import Problem
from apps.templates.formats.languages import YAML, Source


class YamlParser(BaseParser):
    """YAML of bounded size. The text is kept with the request, for the places of errors."""

    media_type = "application/yaml"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        source = Source(bounded(stream), YAML)
        if parser_context is not None:
            parser_context["request"].source = source
        try:
            return source.read()
        except Malformed as error:
            raise Invalid([error.problem]) from error


class TextYamlParser(YamlParser):
    media_type = "text/yaml"


class OldYamlParser(YamlParser):
    media_type = "application/x-yaml"


DOCUMENT_PARSERS = [StrictJSONParser, YamlParser, TextYamlParser, OldYamlParser]


def located(request: Request, problems: Iterable[Problem]) -> list[Problem]:
    """Return problems of the body, with line and column if it was YAML."""
    source: Source | None = getattr(request, "source", None)
    return source.located(problems) if source else list(problems)


@contextmanager
def refusals_located(request: Request) -> Iterator[None]:
    """Add line and column to refusals of the body within the block, as :func:`located` does."""
    try:
        yield
    except Invalid as refusal:
        refusal.problems = tuple(located(request, refusal.problems))
        raise
