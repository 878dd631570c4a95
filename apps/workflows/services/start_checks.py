"""The checks before a workflow is stored: the template is there for the actor, and the input fits it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Forbidden, Invalid
from apps.core.schema import json_schema
from apps.core.schema.json_schema import Problem
from apps.templates.errors import TemplateUnknown, VersionUnknown
from apps.templates.models import JobTemplate
from apps.templates.storage.published import PublishedVersion, resolve_published
from apps.templates.versioning.ranges import RangeInvalid
from apps.workflows.services.requests import StartRequest

# The same words whether there is none or the actor may not see it.
UNKNOWN_TEMPLATE = "there is no such template"
# Of all workflows of one batch: each job's id goes to Redis, and each job into the answer.
MAX_JOBS = 20_000

TemplateReference = tuple[str, str | None]


def check_requests(actor: Actor, requests: Sequence[StartRequest], pointers: Sequence[str]) -> list[PublishedVersion]:
    """Return the version that each request means; ``pointers`` say where each stands in what was handed in.

    Invalid with a pointer for each mistake, those of the input included; Forbidden for a template that the actor may
    see but not start.
    """
    versions = resolve_versions(actor, requests, pointers)
    _check_inputs(requests, versions, pointers)
    return versions


def resolve_versions(actor: Actor, requests: Sequence[StartRequest], pointers: Sequence[str]) -> list[PublishedVersion]:
    """Return versions as :func:`check_requests` does, whatever the input."""
    found = _resolve(actor, {(request.template_id, request.version) for request in requests})
    problems = [
        Problem(pointer + found.mistakes[wanted].pointer, found.mistakes[wanted].message)
        for request, pointer in zip(requests, pointers, strict=True)
        if (wanted := (request.template_id, request.version)) in found.mistakes
    ]
    if problems:
        raise Invalid(problems)
    if found.forbidden:
        raise Forbidden(f"You may not start workflows from the template {found.forbidden[0]}.")
    return [found.versions[(request.template_id, request.version)] for request in requests]


def check_jobs(versions: Sequence[PublishedVersion], pointers: Sequence[str]) -> None:
    """Raise :class:`Invalid` at the first workflow that is too many if they have more than MAX_JOBS jobs in all."""
    count = 0
    for published, pointer in zip(versions, pointers, strict=True):
        count += len(published.document["steps"])
        if count > MAX_JOBS:
            raise Invalid(
                [Problem(pointer, f"with this one they have more than {MAX_JOBS} jobs: start it in another batch")]
            )


@dataclass(slots=True)
class _Resolution:
    versions: dict[TemplateReference, PublishedVersion] = field(default_factory=dict)
    mistakes: dict[TemplateReference, Problem] = field(default_factory=dict)
    forbidden: list[str] = field(default_factory=list)


def _resolve(actor: Actor, asked: set[TemplateReference]) -> _Resolution:
    found = _Resolution()
    for wanted in asked:
        try:
            found.versions[wanted] = resolve_published(*wanted)
        except TemplateUnknown:
            found.mistakes[wanted] = Problem("/templateId", UNKNOWN_TEMPLATE)
        except (VersionUnknown, RangeInvalid) as error:
            found.mistakes[wanted] = Problem("/version", str(error))
    _hide_templates(actor, found)
    return found


def _hide_templates(actor: Actor, found: _Resolution) -> None:
    """Turn templates that the actor may not see into unknown ones, whatever else is wrong with them."""
    held = policy.held_actions(
        actor, JobTemplate, {one.template_pk for one in found.versions.values()}, ("view", "start")
    )
    for wanted, published in found.versions.items():
        actions = held.get(published.template_pk, frozenset())
        if "view" not in actions:
            found.mistakes[wanted] = Problem("/templateId", UNKNOWN_TEMPLATE)
        elif "start" not in actions:
            found.forbidden.append(published.template_id)
    _hide_versions(actor, found.mistakes)


def _hide_versions(actor: Actor, mistakes: dict[TemplateReference, Problem]) -> None:
    names = {template_id for (template_id, _), problem in mistakes.items() if problem.pointer == "/version"}
    if not names:
        return
    rows = policy.visible(actor, JobTemplate.objects.filter(template_id__in=names))
    hidden = names - set(rows.values_list("template_id", flat=True))
    for wanted in mistakes:
        if wanted[0] in hidden:
            mistakes[wanted] = Problem("/templateId", UNKNOWN_TEMPLATE)


def _check_inputs(
    requests: Sequence[StartRequest], versions: Sequence[PublishedVersion], pointers: Sequence[str]
) -> None:
    problems: list[Problem] = []
    for request, published, pointer in zip(requests, versions, pointers, strict=True):
        schema: Mapping[str, object] | bool = published.document.get("inputSchema", True)
        if schema is not True:
            problems += json_schema.problems(schema, request.input, f"{pointer}/input")
        if len(problems) >= json_schema.MAX_PROBLEMS:
            break
    if problems:
        raise Invalid(problems)
