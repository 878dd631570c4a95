import pytest
from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.core import cursors
from apps.core.api.pagination import PAGE_PARAMETERS, Page, paginate
from apps.core.api.queries import Query
from apps.core.errors import Invalid
from apps.core.ids import uuid7
from apps.templates.models import JobTemplate

pytestmark = pytest.mark.django_db


def page(query: str = "", *, order: tuple[str, ...] = ("template_id",)) -> Page:
    request = Request(APIRequestFactory().get(f"/templates?{query}"))
    rows = JobTemplate.objects.values("id", "template_id", "created_at")
    return paginate(request, Query(QueryDict(query), known=PAGE_PARAMETERS), rows, order)


def walk(limit: int, order: tuple[str, ...]) -> list[str]:
    """All names, following ``next`` to the end."""
    found, query = [], f"limit={limit}"
    while True:
        current = page(query, order=order)
        found += [row["template_id"] for row in current.rows]
        if current.next is None:
            return found
        query = current.next.partition("?")[2]


@pytest.fixture
def names() -> list[str]:
    names = [f"t{number:02}" for number in range(7)]
    for name in names:
        JobTemplate.objects.create(template_id=name, name=name)
    return names


@pytest.mark.parametrize("limit", [1, 3, 7, 8])
def test_pages_together_hold_each_row_once_in_order(names, limit):
    assert walk(limit, ("template_id",)) == names


def test_equal_times_are_told_apart_by_the_second_key(names):
    JobTemplate.objects.update(created_at="2026-11-22T00:00:00Z")
    assert sorted(walk(2, ("-created_at", "-id"))) == names


def test_rows_added_meanwhile_shift_nothing(names):
    first = page("limit=3", order=("-created_at", "-id"))
    JobTemplate.objects.create(template_id="new", name="new")
    assert first.next is not None
    second = page(first.next.partition("?")[2], order=("-created_at", "-id"))
    assert [row["template_id"] for row in second.rows] == ["t03", "t02", "t01"]


def test_the_next_address_keeps_the_other_parameters(names):
    address = page("limit=3").next
    assert address is not None
    assert address.startswith("http://testserver/templates?limit=3&cursor=")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-22T00:00:00"])
def test_a_cursor_with_a_time_that_is_none_in_utc_is_refused(names, moment):
    cursor = cursors.encode([moment, uuid7()])
    with pytest.raises(Invalid) as refused:
        page(f"cursor={cursor}", order=("-created_at", "-id"))
    assert [problem.pointer for problem in refused.value.problems] == ["/cursor"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=nan", "/limit"),
        ("limit=1.5", "/limit"),
        ("limit=1&limit=2", "/limit"),
        ("cursor=!", "/cursor"),
        ("cursor=W10", "/cursor"),
        ("cursor=WzEsMl0", "/cursor"),
        ("cursor=W251bGwsbnVsbF0", "/cursor"),
        ("cursor=%C3%A9", "/cursor"),
        ("cursor=" + "a" * 600, "/cursor"),
        ("cursor=%00", "/cursor"),
        ("offset=3", "/offset"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(query, pointer):
    with pytest.raises(Invalid) as refused:
        page(query, order=("-created_at", "-id"))
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
