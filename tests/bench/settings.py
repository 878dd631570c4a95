"""The settings as shipped; only the site has, beside its own, the same views bare (see ``urls.py``)."""

from baseshift.settings.dev import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
