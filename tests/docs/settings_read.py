"""Which environment variables the code reads, found in its syntax tree."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from apps.core.expressions.placeholders import SECRET_PREFIX

# Functions of apps.core.env and baseshift.keys.
_READERS = {"text", "flag", "number", "whole_number", "items", "choice", "url", "kept_secret", "_kept"}
_METHODS = {"get", "setdefault", "pop"}
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def variables(paths: list[Path]) -> set[str]:
    """Their names; a family of names by its prefix and ``<NAME>``."""
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    return {name for file in files for name in _in_tree(ast.parse(file.read_text(encoding="utf-8")))}


def _in_tree(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _reads(node.func):
            yield from _names(node.args[0])
        elif isinstance(node, ast.Subscript) and _is_environ(node.value):
            yield from _names(node.slice)


def _reads(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in _READERS
    if not isinstance(function, ast.Attribute):
        return False
    if _is_environ(function.value):
        return function.attr in _METHODS
    return function.attr in _READERS and isinstance(function.value, ast.Name) and function.value.id == "env"


def _is_environ(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "environ"


def _names(argument: ast.expr) -> Iterator[str]:
    """A name as it is written; names that are made when the code runs are not told here, but for the secrets'."""
    if isinstance(argument, ast.Constant) and _NAME.fullmatch(str(argument.value)):
        yield str(argument.value)
    elif isinstance(argument, ast.BinOp) and ast.unparse(argument.left) == "placeholders.SECRET_PREFIX":
        yield f"{SECRET_PREFIX}<NAME>"
