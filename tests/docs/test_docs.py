"""What the documentation says is there is there."""

import re
from pathlib import Path
from typing import Any

import pytest

from apps.core import strict_json
from apps.templates import documents, yaml_text
from apps.templates.step_types import registry
from tests.docs.pages import PAGES, ROOT, anchors, blocks, relative_links
from tests.docs.settings_read import variables

PRODUCT = [ROOT / name for name in ("apps", "baseshift", "examples", "manage.py")]
READERS = {"json": strict_json.loads, "yaml": yaml_text.loads}
SETTINGS = ROOT / "docs" / "reference" / "settings.md"


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
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in relative_links(index)}
    assert page in {index, *linked}


def test_every_setting_of_the_product_is_documented_and_no_other():
    rows = re.findall(r"^\| `([A-Z][A-Z0-9_<>]*)` \|", SETTINGS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(variables(PRODUCT))


@pytest.mark.parametrize(("language", "text"), examples())
def test_every_example_can_be_read_and_every_template_is_valid(language: str, text: str):
    value = READERS[language](text.encode())
    if isinstance(value, dict) and {"templateId", "steps"} <= value.keys():
        assert documents.validate(value, registry) == []
