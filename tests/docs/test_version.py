"""The product's version stands in pyproject.toml; whatever else names one names the same."""

import re
import tomllib

from apps.pods.models import IMAGE
from tests.support.doc_pages import PAGES, ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
FILES = [ROOT / "Dockerfile", *sorted((ROOT / "k8s").rglob("*.yaml")), *PAGES]


def tags(image: str) -> set[str]:
    """All that the image is tagged with, wherever it is built, named or used."""
    named = re.compile(rf"{image}:([\w.-]+)|name: {image}, .*newTag: ([\w.-]+)\}}")
    texts = (path.read_text(encoding="utf-8") for path in FILES)
    return {tag or new_tag for text in texts for tag, new_tag in named.findall(text)}


def test_the_sites_image_is_tagged_with_it():
    assert tags("base-shift/web") == {f"v{VERSION}"}


def test_the_executors_image_keeps_the_tag_that_pools_have_by_default():
    # Not the product's version: the pod's document is fixed for those who watch executors, its image with it. A release
    # is rolled out to them by the image that a pool is given.
    assert IMAGE == "base-shift/job-executor:v1.0.0"
    assert tags("base-shift/job-executor") == {"v1.0.0"}


def test_the_newest_release_of_the_changelog_is_no_other():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[?v?(\d[^\s\]]*)", changelog, re.MULTILINE)
    assert released[:1] in ([], [VERSION])
    assert "## Unreleased" in changelog or released
