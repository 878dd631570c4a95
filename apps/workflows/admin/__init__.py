"""The admin of workflows, their jobs and what the engine was told. Django loads this module."""

from apps.workflows.admin import jobs, records, trigger_topics, triggers, workflows  # noqa: F401
