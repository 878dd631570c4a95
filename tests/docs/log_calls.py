"""What the code logs, found in its syntax tree."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
# Names under which a module keeps its logger, and the module logging itself.
_LOGGERS = {"logger", "logging", "log", "_logger", "_log"}


@dataclass(frozen=True)
class LogCall:
    """``names`` are those that it may log: None unless they are written out, and nothing else is passed by place."""

    place: str
    names: frozenset[str] | None
    # The keys of ``extra``; None unless they are written out in the same function.
    keys: frozenset[str] | None


def log_calls(path: Path) -> Iterator[LogCall]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and _logs(node.func):
                    yield LogCall(f"{path}:{node.lineno}", _names(node), _extra(node, function))


def _logs(function: ast.expr) -> bool:
    if not (isinstance(function, ast.Attribute) and function.attr in _METHODS):
        return False
    return isinstance(function.value, ast.Name) and function.value.id in _LOGGERS


def _names(call: ast.Call) -> frozenset[str] | None:
    before = 1 if isinstance(call.func, ast.Attribute) and call.func.attr == "log" else 0
    if len(call.args) != before + 1:
        return None
    name = call.args[before]
    return _texts([name.body, name.orelse] if isinstance(name, ast.IfExp) else [name])


def _texts(nodes: list[ast.expr]) -> frozenset[str] | None:
    values = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return frozenset(values) if len(values) == len(nodes) else None


def _extra(call: ast.Call, function: ast.FunctionDef) -> frozenset[str] | None:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "extra"]
    return _keys(given[0], function) if given else frozenset()


def _keys(value: ast.expr, function: ast.FunctionDef) -> frozenset[str] | None:
    """The keys of a dict, written out, with those of the dicts that are unpacked into it."""
    if isinstance(value, ast.Name):
        assigned = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == value.id
        ]
        return _keys(assigned[0], function) if len(assigned) == 1 else None
    if not isinstance(value, ast.Dict):
        return None
    own = _texts([key for key in value.keys if key is not None])
    unpacked = [_keys(part, function) for key, part in zip(value.keys, value.values, strict=True) if key is None]
    if own is None or None in unpacked:
        return None
    return own.union(*[keys for keys in unpacked if keys])
