"""What the documentation says is there is there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.core.json import strict
from apps.templates.documents import validation
from apps.templates.documents.step_types import registry
from apps.templates.formats import yaml_reader
from tests.docs.settings_read import variables
from tests.support.doc_pages import PAGES, ROOT, anchors, blocks, relative_links

PRODUCT = [ROOT / name for name in ("apps", "baseshift", "examples", "manage.py")]
READERS = {"json": strict.loads, "yaml": yaml_reader.loads}
DOCS = ROOT / "docs"
SETTINGS = DOCS / "reference" / "settings.md"
METHODS = ("get", "post", "put", "patch", "delete")


def name_of(value: Any) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else ""


def examples() -> list[Any]:
    """Every block of JSON or YAML, with its page and its number there."""
    return [
        pytest.param(language, body, id=f"{name_of(page)}-{number}")
        for page in PAGES
        for number, (language, body) in enumerate(blocks(page, *READERS), start=1)
    ]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path):
    lost = []
    for link in relative_links(page):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent != ROOT], ids=name_of)
def test_the_index_leads_to_every_page(page: Path):
    index = DOCS / "index.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in relative_links(index)}
    assert page in {index, *linked}


def test_every_setting_of_the_product_is_documented_and_no_other():
    rows = re.findall(r"^\| `([A-Z][A-Z0-9_<>]*)` \|", SETTINGS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(variables(PRODUCT))


@pytest.mark.parametrize(("language", "text"), examples())
def test_every_example_can_be_read_and_every_template_is_valid(language: str, text: str):
    value = READERS[language](text.encode())
    if isinstance(value, dict) and {"templateId", "steps"} <= value.keys():
        assert validation.validate(value, registry) == []


def test_every_call_of_the_interface_is_documented_and_no_other():
    kept = yaml.safe_load((DOCS / "reference" / "openapi.yaml").read_text(encoding="utf-8"))
    calls = {
        f"{method.upper()} {nameless(path.removeprefix('/api/v1'))}"
        for path, methods in kept["paths"].items()
        for method in methods
        if method in METHODS
    }
    rows = re.findall(r"^\| (`[A-Z]+ /.*?`) \|", (DOCS / "reference" / "rest.md").read_text("utf-8"), re.MULTILINE)
    documented = {nameless(call) for row in rows for call in re.findall(r"`([^`]+)`", row)}
    assert documented - {"GET /healthz", "GET /readyz"} == calls


def nameless(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def test_every_operation_of_the_effects_is_explained_and_no_other():
    script = (ROOT / "apps/workflows/live/lua/effects.lua").read_text(encoding="utf-8")
    text = (DOCS / "explanation" / "engine.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ((?:`\w+`(?:, )?)+) \|", text.partition("## Effects")[2].partition("\n## ")[0], re.MULTILINE
    )
    told = {name for row in rows for name in re.findall(r"\w+", row)}
    assert told == set(re.findall(r"^  (\w+) = \{\d, function", script, re.MULTILINE))
