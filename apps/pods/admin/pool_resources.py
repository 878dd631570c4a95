"""The resources of a pool's pods: set, used and recommended."""

from typing import Any

from apps.pods.admin.pool_rows import ResourceRows
from apps.pods.models import PodPool
from apps.pods.planning.advice import MEBIBYTE, Advice, Bound, ResourceAdvice
from apps.pods.planning.usage import Usage


def rows(pool: PodPool, advice: Advice | None) -> list[dict[str, Any]]:
    """Return one row for each resource that is set or advised on; those that are only set come last."""
    advised = {one.resource: _advised(one, advice.measured) for one in advice.resources} if advice else {}
    plain = {row["name"]: _plain(row) for row in ResourceRows().written(pool.resources)}
    return list({**advised, **{name: row for name, row in plain.items() if name not in advised}}.values())


def _advised(one: ResourceAdvice, measured: Usage) -> dict[str, Any]:
    row = {"name": one.resource, "request": one.request, "limit": one.limit, "reason": one.reason}
    return {**row, "used": _used(one.resource, measured)}


def _used(resource: str, measured: Usage) -> str:
    if resource == "memory":
        return f"{measured.memory / MEBIBYTE:.0f}Mi at most"
    return f"{measured.cpu_seconds / max(measured.jobs, 1):.3f} CPU s a job"


def _plain(row: dict[str, str]) -> dict[str, Any]:
    sides = {side: Bound(row[side], row[side]) for side in ("request", "limit")}
    return {"name": row["name"], **sides, "reason": "", "used": ""}
