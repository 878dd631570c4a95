"""The required tests of draft 2020-12 through the function that every schema and every value goes through."""

import pytest

from apps.core.schema.json_schema import check_schema, problems
from tests.support.schema_suite import FOLLOWED, GROUPS, REFUSED, REMOTE, Group


def named(group: Group) -> str:
    return group.name


@pytest.mark.parametrize("group", FOLLOWED, ids=named)
def test_a_schema_of_the_standard_accepts_and_refuses_what_it_should(group: Group) -> None:
    assert check_schema(group.schema) == []
    answers = {name: not problems(group.schema, value) for name, value, _ in group.values}
    assert answers == {name: valid for name, _, valid in group.values}


@pytest.mark.parametrize("group", REFUSED, ids=named)
def test_a_schema_that_needs_another_document_is_refused_with_its_place(group: Group) -> None:
    assert [problem.pointer for problem in check_schema(group.schema)] == [REMOTE[group.name]]


def test_the_whole_suite_is_read() -> None:
    assert len(REFUSED) == len(REMOTE)
    assert sum(len(group.values) for group in GROUPS) == 1226
