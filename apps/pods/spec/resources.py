"""Rules for requests and limits, as the API server would apply them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from apps.core.expressions.placeholders import pointer_token
from apps.core.schema.json_schema import Problem
from apps.pods.planning import quantities
from apps.pods.spec import kubernetes_syntax

_OWN: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
_SMALLEST: Final = {"cpu": Decimal("0.001")}


def problems(resources: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    """Yield what is wrong with ``{"requests", "limits"}``. Of a wrong type the schema reports all there is to say."""
    requests, limits = _texts(resources.get("requests")), _texts(resources.get("limits"))
    for kind, written in (("requests", requests), ("limits", limits)):
        for name, text in written.items():
            if said := _amount_problem(name, text, is_limit=kind == "limits"):
                yield Problem(f"{pointer}/{kind}{pointer_token(name)}", said)
    for name, text in requests.items():
        if said := _difference_problem(name, text, limits.get(name)):
            yield Problem(f"{pointer}/requests{pointer_token(name)}", said)


def _texts(written: Any) -> Mapping[str, str]:
    return {name: text for name, text in written.items() if isinstance(text, str)} if isinstance(written, dict) else {}


def _amount_problem(name: str, text: str, *, is_limit: bool) -> str | None:
    try:
        amount = _amount(name, text)
    except ValueError as error:
        return str(error)
    return "must be more than 0" if is_limit and not amount else None


def _difference_problem(name: str, text: str, limit: str | None) -> str | None:
    """Compare a request with its limit, as far as each can be read."""
    try:
        request, most = _amount(name, text), None if limit is None else _amount(name, limit)
    except ValueError:
        return None
    if name not in _OWN and request != most:
        return "must be the same as the limit: such resources are not shared"
    return "must not be more than the limit" if most is not None and request > most else None


def _amount(name: str, written: str) -> Decimal:
    if name not in _OWN and not _is_vendors(name):
        raise ValueError("resources are cpu, memory, ephemeral-storage and those of vendors, such as example.com/gpu")
    amount = quantities.parse(written)
    smallest = _SMALLEST.get(name, Decimal(1))
    if amount < 0:
        raise ValueError("must not be below 0")
    if amount % smallest:
        raise ValueError(f"must be a multiple of {smallest}" if name == "cpu" else "must be a whole number")
    return amount


def _is_vendors(name: str) -> bool:
    """Return whether the resource is a vendor's: it has a domain, which is not one of Kubernetes' own."""
    domain, slash, _ = name.rpartition("/")
    return bool(slash) and not domain.endswith("kubernetes.io") and kubernetes_syntax.label_key(name) is None
