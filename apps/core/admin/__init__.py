"""The admin of users, groups and tokens, and base classes for the admins of all apps. Django loads this module."""

from apps.core.admin import accounts, tokens  # noqa: F401
