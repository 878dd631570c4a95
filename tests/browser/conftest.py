"""A real browser on a live server. Without a browser these tests are skipped, and say so.

``BASESHIFT_CHROMIUM`` names the browser; unset, the first that is on the path.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from apps.core.models import User
from tests.browser.faults import Faults
from tests.support.waiting import PATIENCE_SECONDS

CHROMIUM = os.environ.get("BASESHIFT_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

Open = Callable[..., Page]
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What a browser shows does not depend on the database: once is enough."""
    if os.environ.get("BASESHIFT_TEST_DATABASE", "sqlite") != "sqlite":
        here = [item for item in items if Path(__file__).parent in item.path.parents]
        items[:] = [item for item in items if item not in here]
        config.hook.pytest_deselected(items=here)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For a module at a time: while it is there, a loop runs in this thread, which other tests must not meet."""
    if CHROMIUM is None:
        pytest.skip("NO BROWSER: there is no chromium on the path, so no page was tried in one")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Because of that loop Django takes every query of this thread for one of a coroutine.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        # Chromium's sandbox wants rights that containers do not give; these pages are our own.
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE_SECONDS * 1000
        )
        yield browser
        browser.close()


@pytest.fixture
def admin(transactional_db: None) -> User:
    return User.objects.create_superuser("admin")


@pytest.fixture
def open_page(chromium: Browser, live_server, redis_server, admin: User) -> Iterator[Open]:
    """Opens a path of the site as a user. A script's error, or an address that is not there, fails the test."""
    contexts: list[BrowserContext] = []
    faults = Faults()

    def opened(path: str, user: User = admin, **settings) -> Page:
        context = chromium.new_context(base_url=live_server.url, **settings)
        contexts.append(context)
        client = Client()
        client.force_login(user)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        page = context.new_page()
        faults.watch(page)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults.found == []
