"""Pools and pods of the admin's tests, and what their pages cost."""

from typing import Any

from django.test import Client
from django.utils import timezone

from apps.pods.models import Pod, PodPool
from tests.support.statements import counted

LIST = "/admin/pods/podpool/"


def page_of(pool: PodPool, *more: str) -> str:
    return f"{LIST}{pool.pk}/{'/'.join(more) or 'change'}/"


def pod(pool: PodPool, number: int = 0, **fields: Any) -> Pod:
    name = f"job-executor-{pool.name}-{number}"
    given = {"state": "ready", "revision": "r", "created_at": timezone.now()}
    return Pod.objects.create(pool=pool, name=name, **given | fields)


def cost(client: Client, path: str) -> int:
    client.get(path)
    with counted() as count:
        assert client.get(path).status_code == 200
    return count.number
