"""Pages of the documentation that code writes, wholly or in part: ``[--check] [FILE]`` for each of their tools."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def keep(page: Path, text: Callable[[str], str], *, command: str) -> int:
    """Have the page be what ``text`` makes of its present content. Returns the exit status.

    With ``--check`` nothing is written: 1 if the page is stale, and ``command`` is named as what writes it.
    """
    parser = argparse.ArgumentParser(description=f"Keeps {page.name} as the code has it")
    parser.add_argument("page", nargs="?", type=Path, default=page, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page is stale")
    options = parser.parse_args()
    written = options.page.read_text(encoding="utf-8") if options.page.exists() else ""
    wanted = text(written)
    if written == wanted:
        return 0
    if options.check:
        print(f"{options.page.name} is stale: run {command}", file=sys.stderr)
        return 1
    options.page.write_text(wanted, encoding="utf-8")
    return 0
