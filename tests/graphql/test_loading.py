"""Who has no use for GraphQL does not pay for it."""

import subprocess
import sys

import pytest

from tests.support.doc_pages import ROOT

COMMANDS = "import django; django.setup(); from django.core.management import call_command; call_command('check')"
EXECUTOR = "import baseshift.celery"


@pytest.mark.parametrize("code", [COMMANDS, EXECUTOR], ids=["commands", "executor"])
def test_graphql_is_loaded_by_the_first_request_only(code):
    told = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print('graphql' in sys.modules, 'graphene' in sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines()[-1] == "False False"
