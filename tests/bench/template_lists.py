"""Does a list of templates cost more with many of them? By REST, for somebody who may see every second one.

Measured with 100 templates and then with 10,000 of 20 versions each, by the same web server: the first page, one
behind it, and what filters find.
"""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.contrib.auth.models import Permission
from django.utils import timezone

from apps.core import bulk_write
from apps.core.ids import uuid7
from apps.core.json import canonical
from apps.core.models import ApiToken
from apps.templates.models import JobTemplate, JobTemplateUserPermission, TemplateFacet, TemplateVersion, VersionStatus
from apps.templates.services.create import serialized
from apps.templates.storage import projection
from tests.bench import shapes
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.http_calls import Connection, packed
from tests.bench.product import HOST
from tests.bench.timing import percentile, rounded

FEW, MANY, VERSIONS = 100, 10_000, 20
MOST_RATIO = 1.5
# Readings of each question.
REQUESTS = 200
PAGE = "/api/v1/templates?limit=20"
QUESTIONS = {
    "first page": PAGE,
    "third page": f"{PAGE}&cursor=",
    "label": f"{PAGE}&label=tier:4",
    "step type": f"{PAGE}&type=noop",
    "text": f"{PAGE}&search=number%205",
}


def template_lists(bench: Bench) -> list[Figure]:
    _, token = ApiToken.issue(bench.product.user)
    bench.product.stop_engine()
    _fill(bench, 0, FEW)
    few = {name: _ask(bench, token, path) for name, path in QUESTIONS.items()}
    _fill(bench, FEW, MANY // 10 if bench.quick else MANY)
    many = {name: _ask(bench, token, path) for name, path in QUESTIONS.items()}
    bench.product.start_engine()
    return [_figure(name, few[name], many[name]) for name in QUESTIONS]


def _figure(name: str, few: list[float], many: list[float]) -> Figure:
    ratio = percentile(many, 0.95) / percentile(few, 0.95)
    return Figure(
        f"templates, {name}",
        _shown(many),
        f"with {FEW} {_shown(few)}",
        f"{ratio:.2f} x",
        f"≤ {MOST_RATIO} x" if "page" in name else "",
        ratio <= MOST_RATIO if "page" in name else None,
        {"many_ms": rounded(many), "few_ms": rounded(few)},
    )


def _shown(taken: list[float]) -> str:
    return f"p95 {percentile(taken, 0.95) * 1e3:.1f} ms"


def _ask(bench: Bench, token: str, path: str) -> list[float]:
    connection = Connection(HOST, bench.product.port)
    try:
        if path.endswith("cursor="):
            path = _third_page(connection, token)
        request = packed("GET", path, token=token)
        taken = []
        for number in range(REQUESTS + 20):
            answer = connection.send(request)
            if answer.status != 200:
                raise RuntimeError(f"Status {answer.status}: {answer.body[:500]!r}")
            if number >= 20:
                # The first ones warm up.
                taken.append(answer.seconds)
    finally:
        connection.close()
    return taken


def _third_page(connection: Connection, token: str) -> str:
    """Its address, as the server itself gives it."""
    path = PAGE
    for _ in range(2):
        address = urlsplit(json.loads(connection.send(packed("GET", path, token=token)).body)["next"])
        path = f"{address.path}?{address.query}"
    return path


def _fill(bench: Bench, start: int, end: int) -> None:
    """Templates with these numbers, as the services would have left them; the user may see every second one."""
    permission = Permission.objects.get(codename="view_jobtemplate")
    for first in range(start, end, 500):
        templates = [_template(number) for number in range(first, min(first + 500, end))]
        versions = [version for template in templates for version in _versions(template)]
        bulk_write.insert(templates)
        bulk_write.insert(versions)
        bulk_write.insert([TemplateFacet(template=row, digest=digest) for row in templates for digest in _digests(row)])
        bulk_write.insert(
            [
                JobTemplateUserPermission(user=bench.product.user, permission=permission, content_object=row)
                for row in templates[::2]
            ]
        )


def _document(template_id: str, version: str) -> dict[str, object]:
    number = int(template_id.rpartition("-")[2])
    return {
        **shapes.document(template_id, shapes.chain(5)),
        "version": version,
        "name": f"Template number {number}",
        "labels": {"tier": str(number % 10)},
    }


def _template(number: int) -> JobTemplate:
    template_id = f"listed-{number:05}"
    newest = _document(template_id, f"1.{VERSIONS - 1}.0")
    return JobTemplate(
        template_id=template_id,
        created_at=timezone.now(),
        name=str(newest["name"]),
        newest=uuid7(),
        newest_version=str(newest["version"]),
        newest_sha256=canonical.sha256(newest),
        search_text=projection.folded("\n".join(projection.searched(template_id, newest))),
    )


def _digests(template: JobTemplate) -> frozenset[str]:
    return projection.facets(_document(template.template_id, template.newest_version))


def _versions(template: JobTemplate) -> Iterator[TemplateVersion]:
    for minor in range(VERSIONS):
        document = _document(template.template_id, f"1.{minor}.0")
        yield TemplateVersion(
            id=template.newest if minor == VERSIONS - 1 else uuid7(),
            template_pk=template.pk,
            template_id=template.template_id,
            version=document["version"],
            status=VersionStatus.PUBLISHED,
            text=serialized(document),
            sha256=canonical.sha256(document),
            publication=minor + 1,
            created_at=template.created_at,
            published_at=template.created_at,
        )
