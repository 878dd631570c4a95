"""Where things are on a page. Scripts and styles may be at work on it still, so all of this is waited for."""

from playwright.sync_api import Locator, Page


def expect_to_fit(page: Page) -> None:
    """Nothing is pushed out of the window."""
    page.wait_for_function("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def expect_in_sight(element: Locator) -> None:
    """It ends where the window does, or before."""
    inside = "element => element.getBoundingClientRect().right <= document.documentElement.clientWidth"
    element.page.wait_for_function(inside, arg=element.element_handle())
