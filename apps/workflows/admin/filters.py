"""Narrowing the lists of workflows and jobs."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet, Value
from django.db.models.lookups import Exact
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from apps.core.access import policy
from apps.core.admin.base import staff_user
from apps.templates.models import JobTemplate
from apps.workflows.services.read import LabelValue

# More would be no choice any more; the search finds the rest.
MAX_CHOICES = 200


class TemplateFilter(DropdownFilter):
    title = "template"
    parameter_name = "template"
    field = "template_id"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        seen = policy.visible(staff_user(request), JobTemplate.objects.order_by("template_id"))
        return [(name, name) for name in seen.values_list("template_id", flat=True)[:MAX_CHOICES]]

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class JobsByTemplateFilter(TemplateFilter):
    field = "workflow__template_id"


def search_workflows(queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Narrow to workflows by a whole id, by ``label:value``, or by a part of the template's name."""
    term = term.strip()
    if not term:
        return queryset
    if is_uuid(term):
        return queryset.filter(pk=UUID(term))
    key, colon, value = term.partition(":")
    if colon and key:
        return queryset.filter(Exact(LabelValue("labels", Value(key)), value.strip()))
    return queryset.filter(template_id__icontains=term)


def search_jobs(queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Narrow to jobs by a workflow's whole id, or by a part of the job's or the template's name."""
    term = term.strip()
    if is_uuid(term):
        return queryset.filter(workflow_id=UUID(term))
    return queryset.filter(Q(job_id__icontains=term) | Q(workflow__template_id__icontains=term)) if term else queryset


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
