"""Pools in the admin: what they do and should do, and acts on them."""

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.text import capfirst
from guardian.shortcuts import assign_perm

from apps.core.access.policy import SYSTEM
from apps.core.models import User
from apps.pods.models import PodPool, PoolUsage
from apps.pods.services import pools
from apps.pods.spec import pod_spec
from apps.workflows.live import keys
from tests.admin.pools import LIST, cost, page_of, pod
from tests.support.admin_pages import SCRIPT, browser, staff
from tests.support.servers import RedisServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def video() -> PodPool:
    fields = {"name": "video", "env": {"APP_A": "1", "APP_B": {"secret": "s", "key": "k"}}, "idle_seconds": 5}
    return pools.create(SYSTEM, fields=fields)


# -- showing ----------------------------------------------------------------------------------------


def test_a_list_counts_pods_and_jobs(admins: Client, video: PodPool):
    pod(video, 1, busy=3)
    pod(video, 2, state="draining", busy=1)
    pod(video, 3, state="starting")
    pod(video, 4, state="ended", busy=5, ended_at=timezone.now())
    [row] = admins.get(LIST).context["cl"].result_list
    assert (row.alive, row.ready, row.serving, row.busy) == (3, 1, 2, 4)
    page = admins.get(LIST).content.decode()
    assert "3 (0 to 10)" in page
    assert "4 of 16" in page


def test_a_list_names_images_without_their_place(admins: Client, video: PodPool):
    PodPool.objects.update(image="registry.example:5000/a/long/way/executor:v1")
    page = admins.get(LIST).content.decode()
    assert "executor:v1" in page
    assert "registry.example" not in page


@pytest.mark.parametrize(("backend", "is_said"), [("process", True), ("kubernetes", False)])
def test_a_page_says_that_a_machine_has_room_for_few_processes(
    admins: Client, video: PodPool, settings, backend: str, is_said: bool
):
    settings.POD_BACKEND = backend
    assert ("as the machine has CPUs" in admins.get(page_of(video)).content.decode()) is is_said


def test_a_pool_without_pods_has_no_jobs(admins: Client, video: PodPool):
    assert "0 of 0" in admins.get(LIST).content.decode()


def test_a_page_shows_what_the_pool_does_and_why_not(admins: Client, video: PodPool):
    PodPool.objects.update(scale_to=2, service_seconds=1.5, failures=3, problem=f"quota {SCRIPT}")
    pod(video, 1, reason="Unschedulable")
    pod(video, 2, state="ended", reason="OOMKilled", ended_at=timezone.now())
    page = admins.get(page_of(video)).content.decode()
    for text in (
        "to 2 by hand",
        "1.5 s",
        "quota &lt;script&gt;",
        "Unschedulable",
        "OOMKilled",
        "Back to the autoscaler",
    ):
        assert text in page
    assert SCRIPT not in page


def test_a_page_shows_the_first_of_many_pods(admins: Client, video: PodPool):
    for number in range(120):
        pod(video, number)
    answer = admins.get(page_of(video))
    assert len(answer.context["pods"]) == 100
    assert "The first 100 of 120." in answer.content.decode()


@pytest.fixture
def queue(redis_server: RedisServer) -> None:
    """Three jobs queue for the pool ``video``."""
    with redis_server.client() as client:
        client.set(keys.open_mark(), f"{client.info('server')['run_id']}:1")
        client.zadd(keys.ready(1, "video"), {"a": 1, "b": 2, "c": 3})


def test_the_jobs_that_queue_are_counted(admins: Client, video: PodPool, queue: None):
    PodPool.objects.create(name="other")
    rows = admins.get(LIST).context["cl"].result_list
    assert {row.name: row.queued for row in rows} == {"video": 3, "other": 0}
    assert admins.get(page_of(video)).context["queued"] == 3


def test_pages_do_without_the_queue(admins: Client, video: PodPool, redis_server: RedisServer):
    assert [row.queued for row in admins.get(LIST).context["cl"].result_list] == [None]
    assert "The queue cannot be reached now" in admins.get(page_of(video)).content.decode()


def test_a_page_offers_what_its_reader_may_do(sam: User, sams: Client, video: PodPool):
    assign_perm("view_podpool", sam, video)
    offered = ("Edit", "Cordon", "Scale by hand", "Permissions", "Delete")
    page = sams.get(page_of(video)).content.decode()
    assert not [button for button in offered if f">{button}<" in page]
    for action in pools.CREATOR_ACTIONS:
        assign_perm(f"{action}_podpool", sam, video)
    page = sams.get(page_of(video)).content.decode()
    assert [button for button in offered if f">{button}<" not in page] == []


def test_who_holds_every_action_shares_the_pool(admins: Client, video: PodPool):
    assert admins.get(page_of(video, "permissions")).status_code == 200


def test_a_list_holds_the_pools_that_one_may_see(sam: User, sams: Client, video: PodPool):
    assert list(sams.get(LIST).context["cl"].result_list) == []
    assign_perm("view_podpool", sam, video)
    assert [row.name for row in sams.get(LIST).context["cl"].result_list] == ["video"]


# -- the advice -------------------------------------------------------------------------------------


def used(pool: PodPool, **fields: float) -> None:
    now = timezone.now()
    PoolUsage.objects.create(pool=pool, basis=pod_spec.usage_basis(pool), since=now, updated_at=now, **fields)


def test_what_was_used_is_compared_with_what_is_set(admins: Client, video: PodPool):
    used(video, memory_bytes=100 * 2**20, jobs=2000, cpu_seconds=20, slot_seconds=400, work_seconds=100)
    answer = admins.get(page_of(video))
    memory = answer.context["resources"][0]
    assert (memory["name"], memory["request"].current, memory["used"]) == ("memory", "64Mi", "100Mi at most")
    page = answer.content.decode()
    assert memory["request"].recommended in page
    assert capfirst(memory["reason"]) in page
    assert "0.010 CPU s a job" in page
    assert "set it in the pool's resources" in page


def test_who_may_not_change_the_pool_is_told_whom_to_ask(sam: User, sams: Client, video: PodPool):
    assign_perm("view_podpool", sam, video)
    used(video, memory_bytes=100 * 2**20, jobs=2000, cpu_seconds=20, slot_seconds=400, work_seconds=100)
    assert "ask someone who may change the pool" in sams.get(page_of(video)).content.decode()


def test_too_few_jobs_are_said_to_be_too_few(admins: Client, video: PodPool):
    used(video, memory_bytes=100 * 2**20, jobs=3, slot_seconds=1)
    answer = admins.get(page_of(video))
    page = answer.content.decode()
    assert f"{capfirst(answer.context['advice'].missing)}." in page
    assert "64Mi" in page


def test_resources_that_nothing_is_known_of_are_shown_as_they_are_set(admins: Client, video: PodPool):
    pools.update(SYSTEM, name="video", changes={"resources": {"limits": {"example.com/gpu": "1"}}})
    page = admins.get(page_of(video)).content.decode()
    assert "example.com/gpu" in page
    assert "Nothing has been measured yet" in page


# -- what pages cost --------------------------------------------------------------------------------


@pytest.mark.parametrize("superuser", [True, False])
def test_a_list_costs_as_many_statements_for_twenty_pools_as_for_two(admin: User, superuser: bool):
    client = browser(admin if superuser else staff("kim", "view_podpool"))
    make(2)
    few = cost(client, LIST)
    make(18)
    assert cost(client, LIST) == few <= 10


def make(count: int) -> None:
    for _ in range(count):
        pool = PodPool.objects.create(name=f"p{PodPool.objects.count()}")
        pod(pool)


def test_a_page_costs_as_many_statements_for_forty_pods_as_for_one(admins: Client, video: PodPool):
    pod(video)
    few = cost(admins, page_of(video))
    for number in range(1, 40):
        pod(video, number)
    assert cost(admins, page_of(video)) == few <= 12


# -- deleting ---------------------------------------------------------------------------------------


def test_a_pool_is_deleted_after_a_question_that_names_its_pods(admins: Client, video: PodPool):
    page = admins.get(page_of(video, "delete")).content.decode()
    assert "It has no pods now." in page
    working = pod(video, busy=2)
    page = admins.get(page_of(video, "delete")).content.decode()
    assert "Its 1 pod takes no more jobs, finishes the 2 running, and ends; then the pool is gone." in page
    working.delete()
    assert PodPool.objects.exists()
    admins.post(page_of(video, "delete"))
    assert not PodPool.objects.exists()


def test_the_default_pool_cannot_be_deleted(admins: Client):
    default = PodPool.objects.create(name="default")
    assert ">Delete<" not in admins.get(page_of(default)).content.decode()
    answer = admins.post(page_of(default, "delete"), follow=True)
    assert "The default pool is always there" in answer.content.decode()
    assert PodPool.objects.exists()


def test_a_pool_is_shown_while_its_pods_are_waited_for(admins: Client, video: PodPool):
    running = pod(video)
    answer = admins.post(page_of(video, "delete"), follow=True)
    assert answer.redirect_chain[-1][0] == page_of(video)
    page = answer.content.decode()
    assert "Being deleted since" in page
    assert running.name in page
    assert not [button for button in ("Edit", "Cordon", "Scale by hand", "Delete") if f">{button}<" in page]
    assert "to none" in page
    assert "being deleted" in admins.get(LIST).content.decode()
    assert "is being deleted" in admins.post(page_of(video, "cordon"), follow=True).content.decode()


@pytest.mark.parametrize("pk", ["0", "nonsense", "99999999999999999999"])
def test_a_pool_that_is_not_there_is_no_fault(admins: Client, pk: str):
    for place in ("change", "edit", "delete", "permissions"):
        assert admins.get(f"{LIST}{pk}/{place}/").status_code in (302, 404)


# -- scaling ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", ["x", "-1", "11", "1" * 30, "²", "\0"])
def test_a_count_that_cannot_be_used_is_told_at_its_field(admins: Client, video: PodPool, count: str):
    page = admins.post(page_of(video, "scale"), {"count": count}).content.decode()
    assert 'aria-invalid="true" aria-describedby="count_error"' in page
    assert "must be between 0 and 10" in page
    video.refresh_from_db()
    assert video.scale_to is None


def test_a_pool_is_scaled_by_hand(admins: Client, video: PodPool):
    assert admins.post(page_of(video, "scale"), {"count": "3"})["Location"] == page_of(video)
    video.refresh_from_db()
    assert video.scale_to == 3


def test_a_pool_is_given_back_to_the_autoscaler(admins: Client, video: PodPool):
    PodPool.objects.update(scale_to=2)
    admins.post(page_of(video, "scale"), {"count": ""})
    video.refresh_from_db()
    assert video.scale_to is None


def test_a_pool_is_cordoned_and_taken_back(admins: Client, video: PodPool):
    for act, expected in (("cordon", True), ("uncordon", False)):
        admins.post(page_of(video, "cordon"), {act: ""})
        video.refresh_from_db()
        assert video.cordoned is expected


@pytest.mark.parametrize("place", ["scale", "cordon"])
def test_acts_are_not_done_by_looking(admins: Client, video: PodPool, place: str):
    assert admins.get(page_of(video, place)).status_code == 405
