"""The admin of templates and their versions. Django loads this module."""

from apps.templates.admin import job_templates, template_versions  # noqa: F401
