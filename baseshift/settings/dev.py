"""The embedded stack on one machine: the default of ``manage.py``."""

from baseshift.keys import kept_secret
from baseshift.settings.base import *  # noqa: F403

SECRET_KEY = kept_secret("SECRET_KEY")
