"""Static files as production serves them."""

import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

PAGES = ["src/rows.js", "src/start-form.js", "src/template-editor.js"]
IMPORTED = re.compile(r'from "([^"]+)"')


@pytest.fixture
def collected(settings, tmp_path):
    """The directory that ``collectstatic`` fills, with production's names."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "baseshift.static.HashedModules"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_scripts_import_each_other_by_names_with_hashes(collected):
    waiting, seen = [collected / staticfiles_storage.stored_name(page) for page in PAGES], set()
    while waiting:
        script = waiting.pop()
        assert re.search(r"\.[0-9a-f]{12}\.js$", script.name)
        seen.add(script.name.partition(".")[0])
        waiting += [(script.parent / name).resolve() for name in IMPORTED.findall(script.read_text(encoding="utf-8"))]
    assert {"codemirror", "schema-form", "requests"} <= seen
