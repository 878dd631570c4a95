"""Writes the GraphQL schema to a file: ``python -m tools.graphql_schema FILE``."""

import os
import sys
from pathlib import Path

import django

HEAD = "# The schema of /graphql. Written by `make schema`.\n\n"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baseshift.settings.test")
    django.setup()
    # It needs the settings.
    from baseshift.graphql import schema

    Path(sys.argv[1]).write_text(f"{HEAD}{schema}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
