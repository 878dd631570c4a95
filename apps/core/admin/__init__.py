"""The admin of people, groups and tokens, and what the admins of all apps are made of. Django loads this module."""

from apps.core.admin import accounts, tokens  # noqa: F401
