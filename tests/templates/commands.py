"""Running the commands that read and write templates."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command


def run(command: str, *paths: Path, **options: Any) -> tuple[str, str]:
    """What it says, and what it complains of."""
    out, err = StringIO(), StringIO()
    try:
        call_command(command, *paths, stdout=out, stderr=err, **options)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


def write(path: Path, content: object) -> Path:
    """A file with a text, or with anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def contents(directory: Path) -> dict[str, bytes]:
    """Every file below, by its path."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
