"""The admin of events and dead letters. Django loads this module."""

from apps.events.admin import dead_letters, events  # noqa: F401
