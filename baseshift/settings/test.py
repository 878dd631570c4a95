"""Tests: the real stores that the test session starts, cheap password hashes, nothing else differs."""

from baseshift.settings.base import *  # noqa: F403

SECRET_KEY = "only-for-tests"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
