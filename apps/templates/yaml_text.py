"""YAML for people who write templates by hand, read as the JSON it stands for.

Only what JSON has: YAML 1.1 would read the key ``on`` as true, ``1.0`` is a number here as there, dates stay text.
Aliases are refused, a few lines of them can stand for gigabytes, and so are tags, with which YAML makes other types.
"""

import re
from typing import Any

import yaml

from apps.core import strict_json
from apps.core.schemas import Problem
from apps.core.strict_json import Malformed


def loads(text: bytes) -> Any:
    """The value that ``text`` holds; Malformed, with line and column where known."""
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - it makes nothing but JSON's types
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = {"line": mark.line + 1, "column": mark.column + 1} if mark else {}
        raise Malformed(Problem("", f"not YAML: {error.problem or error.context}", **where)) from error
    except yaml.YAMLError as error:
        raise Malformed(Problem("", "not YAML: there are characters in it that YAML does not have")) from error
    except RecursionError as error:
        raise Malformed(Problem("", f"nested deeper than {strict_json.MAX_DEPTH}")) from error
    except ValueError as error:
        raise Malformed(Problem("", "holds a number with too many digits")) from error
    strict_json.check(value)
    return value


def _refusal(problem: str, place: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)


class _Loader(yaml.SafeLoader):
    """Mappings become dicts with text keys; which words are more than text is set below."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _refusal("aliases are not allowed", event)
        if getattr(event, "tag", None):
            raise _refusal("tags are not allowed", event)
        return super().compose_node(parent, index)

    def construct_object_map(self, node: yaml.MappingNode) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str) or key in result:
                problem = "this key is given twice" if isinstance(key, str) else "keys must be text: put it in quotes"
                raise _refusal(problem, key_node)
            result[key] = self.construct_object(value_node, deep=True)
        return result


_Loader.yaml_implicit_resolvers = {}
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_object_map)
for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)
