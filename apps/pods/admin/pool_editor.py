"""The page to create or change a pool."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.core.access import policy
from apps.core.admin.base import staff_user
from apps.core.errors import Conflict, Forbidden, Invalid, Stale
from apps.pods.admin.pool_form import PoolForm
from apps.pods.models import PodPool
from apps.pods.services import pools
from apps.pods.spec.pool_schema import FIELDS

CHANGED_MEANWHILE = (
    "Somebody else has changed this pool since you opened the page. Look in another window at what it is now: "
    "what you save next takes its place."
)


def view(request: HttpRequest, pool: PodPool | None) -> PodPool | dict[str, Any]:
    """Return the pool as it was stored, else the context of the page. Raises Hidden and Forbidden."""
    if pool is None:
        policy.require_model(staff_user(request), pools.ADD)
    else:
        policy.require(staff_user(request), "change", pool)
    form = _form(request, pool)
    if request.method == "POST" and form.is_valid():
        stored = _stored(request, form, pool)
        if stored is not None:
            return stored
    title = f"Edit {pool.name}" if pool else "New pool"
    return {"form": form, "title": title, "are_processes": settings.POD_BACKEND == "process"}


def _form(request: HttpRequest, pool: PodPool | None) -> PoolForm:
    current = pool or PodPool()
    values = _values(current)
    sent = request.POST if request.method == "POST" else None
    form = PoolForm(current, sent, initial={**values, "seen": pools.etag(current)})
    if pool is not None:
        del form.fields["name"]
    return form


def _values(pool: PodPool) -> dict[str, Any]:
    """Return the fields as the form shows them: whole numbers without a fraction."""
    values = {name: getattr(pool, name) for name in FIELDS.values()}
    return {n: int(v) if isinstance(v, float) and v.is_integer() else v for n, v in values.items()}


def _stored(request: HttpRequest, form: PoolForm, pool: PodPool | None) -> PodPool | None:
    actor, given = staff_user(request), form.given()
    try:
        if pool is None:
            return pools.create(actor, fields=given)
        return pools.update(actor, name=pool.name, changes=given, if_match={form.cleaned_data["seen"]})
    except Invalid as error:
        form.add_problems(error.problems)
    except Stale:
        _report_change(request, form)
    except (Conflict, Forbidden) as error:
        form.add_error(None, error.detail)
    return None


def _report_change(request: HttpRequest, form: PoolForm) -> None:
    """Say that the pool was changed meanwhile. The next save is then one by somebody who knows."""
    sent = request.POST.copy()
    sent["seen"] = form.initial["seen"]
    form.data = sent
    form.add_error(None, CHANGED_MEANWHILE)
