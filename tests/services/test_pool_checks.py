"""Pools that templates name: who may, and what is told of those that are not there."""

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.core.access.policy import SYSTEM
from apps.core.errors import Invalid
from apps.core.models import User
from apps.pods.models import PodPool
from apps.templates.models import TemplateVersion
from apps.templates.services.create import create_version
from apps.templates.services.lifecycle import publish
from apps.templates.services.update import update_template
from tests.support.people import client_of, document
from tests.support.statements import counted

pytestmark = pytest.mark.django_db


def written(*pools: str) -> dict[str, object]:
    steps = [{"name": f"s{number}", "type": "noop", "config": {}, "pool": pool} for number, pool in enumerate(pools)]
    return document(steps=0) | {"steps": steps}


@pytest.fixture
def author() -> User:
    user = User.objects.create_user("author")
    assign_perm("templates.add_jobtemplate", user)
    return user


@pytest.fixture
def pool() -> PodPool:
    return PodPool.objects.create(name="gpu")


def test_who_may_use_a_pool_may_name_it(author: User, pool: PodPool):
    assign_perm("use_podpool", author, pool)
    assert create_version(author, document=written("gpu")).warnings == ()


def test_who_may_not_use_a_pool_may_not_name_it(author: User, pool: PodPool):
    assign_perm("view_podpool", author, pool)
    with pytest.raises(Invalid) as refused:
        create_version(author, document=written("default", "gpu", "gpu"))
    assert [problem.pointer for problem in refused.value.problems] == ["/steps/1/pool", "/steps/2/pool"]
    assert not TemplateVersion.objects.exists()


def test_nor_in_an_update(author: User, pool: PodPool):
    create_version(author, document=document())
    with pytest.raises(Invalid, match="gpu"):
        update_template(author, template_id="sample", document={"steps": written("gpu")["steps"]} | _schemas())


def test_nor_publish_what_somebody_else_drafted(author: User, pool: PodPool):
    create_version(author, document=document())
    create_version(SYSTEM, document=written("gpu") | {"version": "2.0.0"}, draft=True)
    with pytest.raises(Invalid, match="gpu"):
        publish(author, template_id="sample", version="2.0.0")


def test_the_default_pool_is_everybodys(author: User):
    PodPool.objects.create(name="default")
    assert create_version(author, document=written("default")).warnings == ()


def test_a_pool_that_is_not_there_is_refused_as_one_that_is_hidden(author: User, pool: PodPool):
    def refusal(name: str) -> list[tuple[str, str]]:
        with pytest.raises(Invalid) as refused:
            create_version(author, document=written(name))
        return [(problem.pointer, problem.message.replace(name, "…")) for problem in refused.value.problems]

    assert refusal("later") == refusal("gpu")
    assert not TemplateVersion.objects.exists()


def test_who_may_use_all_pools_names_one_that_is_not_there_with_a_warning(author: User):
    assign_perm("pods.use_podpool", author)
    author = User.objects.get(pk=author.pk)
    told = create_version(author, document=written("later", "later")).warnings
    assert told == ("There is no pool 'later': its jobs wait until there is one.",)


def test_a_pool_that_is_being_deleted_is_told(author: User, pool: PodPool):
    assign_perm("use_podpool", author, pool)
    PodPool.objects.update(deleted_at=timezone.now())
    told = create_version(author, document=written("gpu")).warnings
    assert told == ("The pool 'gpu' is being deleted: its jobs wait until there is one again.",)


def test_a_superuser_may_name_any_pool(pool: PodPool):
    chief = User.objects.create_superuser("chief")
    assert create_version(chief, document=written("gpu")).warnings == ()


def test_rest_points_at_the_step(author: User, pool: PodPool):
    answer = client_of(author).post("/api/v1/templates", written("gpu"), content_type="application/json")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/steps/0/pool"]


def test_validating_tells_the_same(author: User, pool: PodPool):
    answer = client_of(author).post("/api/v1/templates/validate", written("gpu"), content_type="application/json")
    assert answer.json()["valid"] is False
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/steps/0/pool"]


def test_many_pools_cost_no_more_statements_than_one(author: User):
    for number in range(20):
        assign_perm("use_podpool", author, PodPool.objects.create(name=f"p{number}"))
    # What is remembered for the process' life is read now.
    create_version(author, document=written("p0"))
    with counted() as one:
        create_version(author, document=written("p0") | {"version": "2.0.0"})
    with counted() as many:
        create_version(author, document=written(*(f"p{number}" for number in range(20))) | {"version": "3.0.0"})
    assert many.number == one.number


def _schemas() -> dict[str, object]:
    return {"inputSchema": {}, "outputSchema": {}}
