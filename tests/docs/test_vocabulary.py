"""Words that the field's own terms have replaced do not come back, and the glossary points at files that exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.doc_pages import ROOT

APPS = ROOT / "apps"
GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"
# Each with what stands in its place. Several words stand for a name that is made of them, in any spelling.
REPLACED = {
    "obey": "apply_command",
    "reign": "LeaderLoop",
    "campaign": "acquire",
    "deposed": "LeadershipLost",
    "set aside": "quarantine",
    "aside": "quarantine",
    "undecided": "pending_parents",
    "workflow memory": "WorkflowRun",
    "job memory": "JobRun",
    "memories": "WorkflowCache",
    "frozen document": "DocumentSnapshot",
    "beginnings": "start_offsets",
    "company": "linger",
    "told": "reported",
    "scene": "snapshot",
    "trouble": "problem",
    "acting": "actuator",
    "firing": "dispatch",
    "demands": "document checks",
    "bus away": "BusUnavailable",
    "backend away": "BackendUnavailable",
}
# Of constants alone: as plain words they are free.
REPLACED_PREFIXES = {"MOST": "MAX", "LONGEST": "MAX", "LARGEST": "MAX", "SHORTEST": "MIN"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: str) -> str:
    """Return the words of an identifier, each between spaces: ``SetAside`` and ``set_aside`` are the same."""
    return f" {' '.join(_WORD.findall(name)).lower()} "


def replaced(name: str) -> list[str]:
    """Return what is wrong with an identifier."""
    found = [f"{name}: {word} is {better} now" for word, better in REPLACED.items() if f" {word} " in words_of(name)]
    prefix = name.lstrip("_").split("_")[0]
    if name.isupper() and prefix in REPLACED_PREFIXES:
        found.append(f"{name}: {prefix} is {REPLACED_PREFIXES[prefix]} now")
    return found


def identifiers(tree: ast.AST) -> Iterator[str]:
    """Yield what a module names itself: classes, functions, arguments, variables and attributes that it sets."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def sources() -> list[Path]:
    """Migrations keep the names of their time."""
    return [path for path in sorted(APPS.rglob("*.py")) if "migrations" not in path.parts]


def test_no_replaced_word_names_anything():
    back = [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in sources()
        for name in sorted({path.stem, *identifiers(ast.parse(path.read_text(encoding="utf-8")))})
        for fault in replaced(name)
    ]
    assert back == []


@pytest.mark.parametrize("name", ["Reign", "SetAside", "put_aside", "WorkflowMemory", "_MOST_JOBS", "BusAway"])
def test_a_replaced_word_is_noticed_in_any_spelling(name: str):
    assert replaced(name)


@pytest.mark.parametrize("name", ["most", "almost", "MAX_MOST", "QuarantinedEntry", "sovereignty", "JobRun"])
def test_other_words_are_free(name: str):
    assert replaced(name) == []


def test_the_glossary_points_at_files_that_exist():
    rows = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    paths = [path for row in rows for path in re.findall(r"`((?:\w+/)+[\w.]*)`", row)]
    assert len(paths) > 30
    assert [path for path in paths if not (APPS / path).exists()] == []
