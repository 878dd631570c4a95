#!/usr/bin/env python
"""Django's command line for Base Shift; alone, it runs on the embedded stack's defaults."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baseshift.settings.dev")
    from django.core.management import execute_from_command_line

    from apps.core.env import BadSetting

    try:
        execute_from_command_line(sys.argv)
    except BadSetting as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
