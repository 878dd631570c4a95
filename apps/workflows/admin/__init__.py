"""The admin of workflows, their jobs, commands and triggers. Django loads this module."""

from apps.workflows.admin import jobs, records, trigger_topics, triggers, workflows  # noqa: F401
