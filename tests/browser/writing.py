"""Writing into CodeMirror."""

from playwright.sync_api import Locator


def replace_text(editor: Locator, text: str) -> None:
    """In place of all that is there, by keys, as people do.

    What Playwright's own ``fill`` selects, an editor that has just got the focus takes back a moment later.
    """
    editor.press("ControlOrMeta+a")
    editor.page.keyboard.insert_text(text)
