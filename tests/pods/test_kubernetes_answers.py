"""A Kubernetes API that answers badly: what the backend then makes of it."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from apps.pods.backends.kubernetes import api as api_module
from apps.pods.backends.kubernetes import namespace_cache as cache_module
from apps.pods.backends.kubernetes.api import KubernetesApi
from apps.pods.backends.kubernetes.backend import KubernetesBackend
from apps.pods.backends.port import BackendUnavailable, PodRejected, PodSpec
from tests.support.bad_api import Answer, BadApi, ending, listed, pod, status
from tests.support.waiting import eventually, pass_by

SPEC = PodSpec(pool="default", revision="r1", slots=8, image="i")
BROKEN_OFF: Answer = (200, {"Content-Length": "1000"}, b'{"metadata": {')
PAGE: Answer = (502, {}, b"<html>Bad gateway</html>")
NO_JSON: Answer = (200, {}, b"<html>Welcome</html>")
NO_OBJECT: Answer = (200, {}, b"[]")
NO_LIST: Answer = (200, {}, b"{}")
NO_POD: Answer = (200, {}, b'{"metadata": {"resourceVersion": "1"}, "items": [{"metadata": null}]}')


@pytest.fixture
def backend(api: BadApi, tmp_path: Path) -> Iterator[KubernetesBackend]:
    made = KubernetesBackend(KubernetesApi(api.kubeconfig(tmp_path)), "")
    yield made
    made.close()


def names(backend: KubernetesBackend) -> list[str]:
    return sorted(one.name for one in backend.observe())


def begin(backend: KubernetesBackend) -> None:
    """A first look. The watch may have failed before its answer is there."""
    is_away(backend)


def is_away(backend: KubernetesBackend) -> bool:
    try:
        backend.observe()
    except BackendUnavailable:
        return True
    return False


def test_a_pod_that_is_there_already_will_do(api: BadApi, backend: KubernetesBackend):
    api.say("POST", status(409, "AlreadyExists"))
    backend.create("a", SPEC)
    assert api.asked == ["POST"]


def test_too_many_requests_are_waited_out_as_long_as_told(api: BadApi, backend: KubernetesBackend):
    api.say("POST", status(429, "TooManyRequests", Retry_After="7"))
    with pytest.raises(BackendUnavailable) as caught:
        backend.create("a", SPEC)
    assert caught.value.retry_after == 7.0
    assert api.asked == ["POST"]


@pytest.mark.parametrize("kind", ["POST", "LIST", "DELETE"])
@pytest.mark.parametrize("code", [500, 503, 401])
def test_a_failing_api_is_away(api: BadApi, backend: KubernetesBackend, kind: str, code: int):
    api.say_always(kind, status(code))
    acts = {
        "POST": lambda: backend.create("a", SPEC),
        "LIST": backend.observe,
        "DELETE": lambda: backend.delete("a", 1),
    }
    with pytest.raises(BackendUnavailable, match=str(code)):
        acts[kind]()


def test_a_quota_refuses_the_pod_with_its_words(api: BadApi, backend: KubernetesBackend):
    api.say("POST", status(403, "Forbidden", "exceeded quota: pods=3"))
    with pytest.raises(PodRejected, match="exceeded quota: pods=3"):
        backend.create("a", SPEC)


@pytest.mark.parametrize("code", [404, 409])
def test_a_pod_that_is_gone_or_changed_by_somebody_may_be_deleted(api: BadApi, backend: KubernetesBackend, code: int):
    api.say("DELETE", status(code))
    backend.delete("a", 1)


def test_a_pod_that_is_found_to_be_gone_is_not_shown_until_the_watch_tells(api: BadApi, backend: KubernetesBackend):
    api.pods |= {"a": pod("a"), "b": pod("b")}
    assert names(backend) == ["a", "b"]
    api.say("DELETE", status(404))
    backend.delete("a", 1)
    assert names(backend) == ["b"]


def test_a_pod_that_came_after_the_one_that_was_seen_is_not_deleted(api: BadApi, backend: KubernetesBackend):
    api.pods |= {"a": pod("a"), "b": pod("b")}
    assert names(backend) == ["a", "b"]
    api.pods["a"] = pod("a")
    for name in ("a", "b"):
        backend.delete(name, 1)
    assert set(api.pods) == {"a"}


def test_no_answer_at_all_is_away(api: BadApi, backend: KubernetesBackend):
    api.close()
    with pytest.raises(BackendUnavailable):
        backend.observe()


def test_many_looks_are_one_list(api: BadApi, backend: KubernetesBackend):
    api.pods["a"] = pod("a")
    for _ in range(5):
        assert names(backend) == ["a"]
    assert backend.lists == 1


def test_a_pod_that_was_made_is_seen_before_the_watch_tells(api: BadApi, backend: KubernetesBackend):
    assert names(backend) == []
    backend.create("a", SPEC)
    assert names(backend) == ["a"]


def test_what_the_watch_tells_is_seen(api: BadApi, backend: KubernetesBackend):
    events = [{"type": "ADDED", "object": pod("a", 2)}, {"type": "ADDED", "object": pod("b", 3)}]
    api.say("WATCH", (200, {}, [*events, {"type": "DELETED", "object": pod("a", 4)}]))
    eventually(lambda: names(backend) == ["b"])


def test_a_closed_watch_goes_on_where_it_ended(api: BadApi, backend: KubernetesBackend):
    api.say("WATCH", (200, {}, [{"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "41"}}}]))
    assert names(backend) == []
    eventually(lambda: "WATCH 41" in api.asked)
    assert backend.lists == 1


@pytest.mark.parametrize(
    "answer", [status(410, "Expired"), (200, {}, [{"type": "ERROR", "object": {"code": 410, "reason": "Expired"}}])]
)
def test_an_expired_version_is_met_by_a_list(api: BadApi, backend: KubernetesBackend, answer: Answer):
    made = threading.Event()

    def new_list() -> Answer:
        made.wait()
        return listed(pod("a"))

    api.say("WATCH", answer)
    api.say("LIST", listed(), new_list)
    assert names(backend) == []
    made.set()
    eventually(lambda: names(backend) == ["a"])
    assert backend.lists == 2


def test_a_list_that_expires_whenever_it_is_asked_for_is_away(api: BadApi, backend: KubernetesBackend):
    assert names(backend) == []
    api.say_always("LIST", status(410, "Expired", "too old"))
    api.say("WATCH", status(410, "Expired"), status(410, "Expired"))
    api.change("ERROR", {"code": 410, "reason": "Expired"})
    eventually(lambda: is_away(backend))


def test_while_the_watch_fails_nothing_old_is_told(api: BadApi, backend: KubernetesBackend):
    api.say("LIST", listed())
    api.say_always("LIST", status(500))
    api.say("WATCH", status(500))
    begin(backend)
    eventually(lambda: is_away(backend))
    api.say_as_usual("LIST")
    eventually(lambda: not is_away(backend))


# -- answers that are none --------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [BROKEN_OFF, NO_JSON, NO_OBJECT, NO_LIST, NO_POD, PAGE])
def test_a_list_that_is_none_is_away_and_asked_for_again(api: BadApi, backend: KubernetesBackend, answer: Answer):
    api.pods["a"] = pod("a")
    api.say_always("LIST", answer)
    assert is_away(backend)
    api.say_as_usual("LIST")
    eventually(lambda: not is_away(backend))
    assert names(backend) == ["a"]


@pytest.mark.parametrize("answer", [BROKEN_OFF, NO_JSON, NO_OBJECT, PAGE])
def test_a_call_whose_answer_is_none_is_away(api: BadApi, backend: KubernetesBackend, answer: Answer):
    api.say("POST", answer)
    with pytest.raises(BackendUnavailable):
        backend.create("a", SPEC)


@pytest.mark.parametrize(
    "answer", [BROKEN_OFF, (200, {}, b"{]\n"), (200, {}, b"[]\n"), (200, {}, b"{}\n"), (500, {}, b"<html>"), PAGE]
)
def test_a_watch_that_is_none_is_met_by_a_list(api: BadApi, backend: KubernetesBackend, answer: Answer):
    api.pods["a"] = pod("a")
    api.say("WATCH", answer)
    begin(backend)
    eventually(lambda: backend.lists == 2 and not is_away(backend))
    assert names(backend) == ["a"]


def test_an_answer_without_end_is_not_read(api: BadApi, backend: KubernetesBackend, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(api_module, "MAX_RESPONSE_BYTES", 1000)
    api.pods["a"] = pod("a" * 2000)
    with pytest.raises(BackendUnavailable, match="more than can be read"):
        backend.observe()


def test_an_api_that_speaks_no_tls_is_away(api: BadApi, tmp_path: Path):
    backend = KubernetesBackend(KubernetesApi(api.kubeconfig(tmp_path, "https")), "")
    with pytest.raises(BackendUnavailable):
        backend.observe()
    with pytest.raises(BackendUnavailable):
        backend.create("a", SPEC)
    backend.close()


# -- Retry-After ------------------------------------------------------------------------------------


def at(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (at(datetime.now(UTC) + timedelta(hours=3)), api_module.MAX_RETRY_AFTER_SECONDS),
        (at(datetime.now(UTC) - timedelta(hours=3)), 0.0),
        ("86400", api_module.MAX_RETRY_AFTER_SECONDS),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
    ids=["a date far away", "a date that is over", "a day", "no date", "nothing", "a negative number"],
)
def test_whatever_is_told_of_when_to_come_again_is_understood(
    api: BadApi, backend: KubernetesBackend, told: str, seconds: float | None
):
    api.say("POST", status(429, "TooManyRequests", Retry_After=told))
    with pytest.raises(BackendUnavailable) as caught:
        backend.create("a", SPEC)
    assert caught.value.retry_after == seconds


def test_a_date_is_meant_by_the_clock_of_who_tells_it(api: BadApi, backend: KubernetesBackend):
    theirs = datetime(2030, 1, 1, tzinfo=UTC)
    api.clock = lambda: theirs
    api.say("POST", status(429, "TooManyRequests", Retry_After=at(theirs + timedelta(seconds=12))))
    with pytest.raises(BackendUnavailable) as caught:
        backend.create("a", SPEC)
    assert caught.value.retry_after == 12.0


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_goes_wrong_makes_no_pod_old_or_young(api: BadApi, backend: KubernetesBackend, hours: int):
    theirs = datetime.now(UTC) + timedelta(hours=hours)
    api.clock = lambda: theirs
    api.pods["a"] = pod("a")
    moment = theirs.isoformat(timespec="seconds")
    api.pods["a"]["metadata"] |= {"creationTimestamp": moment, "deletionTimestamp": moment}
    api.pods["a"]["status"]["conditions"] = [{"type": "PodScheduled", "status": "True", "lastTransitionTime": moment}]
    (seen,) = backend.observe()
    for told in (seen.created_at, seen.placed_at, seen.stop_by):
        assert told is not None
        assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)


# -- lists and watches --------------------------------------------------------------------------------


def test_a_list_that_expires_in_the_middle_is_asked_for_as_a_whole(api: BadApi, backend: KubernetesBackend):
    api.say("LIST", listed(pod("a"), **{"continue": "more"}), status(410, "Expired"), listed(pod("a"), pod("b")))
    assert names(backend) == ["a", "b"]
    assert api.asked[:3] == ["LIST", "LIST more", "LIST"]


def test_all_pages_of_a_list_are_read(api: BadApi, backend: KubernetesBackend):
    api.say("LIST", listed(pod("a"), **{"continue": "more"}), listed(pod("b")))
    assert names(backend) == ["a", "b"]


def test_a_pod_that_is_made_while_a_list_is_under_way_is_not_gone(api: BadApi, backend: KubernetesBackend):
    asked, made = threading.Event(), threading.Event()

    def old_list() -> Answer:
        asked.set()
        made.wait()
        return listed(pod("a"), pod("ending"))

    api.pods |= {"a": pod("a"), "ending": pod("ending")}
    api.say("WATCH", status(410, "Expired"))
    api.say("LIST", listed(pod("a"), pod("ending")), old_list)
    assert names(backend) == ["a", "ending"]
    asked.wait()
    backend.create("b", SPEC)
    api.say("DELETE", (200, {}, [ending("ending", 2)]))
    backend.delete("ending", 30)
    made.set()
    eventually(lambda: backend.lists == 2)
    assert {one.name: one.stopping for one in backend.observe()} == {"a": False, "b": False, "ending": True}


def test_what_was_told_to_end_does_not_come_back_by_an_old_event(api: BadApi, backend: KubernetesBackend):
    api.pods["a"] = pod("a")
    assert names(backend) == ["a"]
    api.say("DELETE", (200, {}, [ending("a", 3)]))
    backend.delete("a", 30)
    api.change("MODIFIED", pod("a", 2))
    api.change("ADDED", pod("b", 4))
    eventually(lambda: names(backend) == ["a", "b"])
    assert [one.stopping for one in backend.observe() if one.name == "a"] == [True]


def test_a_watch_that_tells_nothing_any_more_is_left(
    api: BadApi, backend: KubernetesBackend, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(api_module, "WATCH_READ_TIMEOUT_SECONDS", 1.5)
    assert names(backend) == []
    eventually(lambda: api.asked.count("WATCH 1") >= 2)
    assert backend.lists == 1
    assert not is_away(backend)


@pytest.mark.parametrize("answer", [(200, {}, []), status(410, "Expired"), status(500), status(403)])
def test_an_api_that_ends_every_watch_at_once_is_not_asked_without_a_break(
    api: BadApi, backend: KubernetesBackend, answer: Answer
):
    api.say_always("WATCH", answer)
    begin(backend)
    eventually(lambda: len(api.pauses("WATCH")) >= 2)
    assert min(api.pauses("WATCH")) >= cache_module.INITIAL_PAUSE_SECONDS


def test_an_api_that_fails_again_and_again_is_asked_less_and_less_often(
    api: BadApi, backend: KubernetesBackend, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cache_module, "INITIAL_PAUSE_SECONDS", 0.02)
    # However slow the machine is, nothing has worked meanwhile.
    monkeypatch.setattr(cache_module, "MIN_HEALTHY_SECONDS", 60.0)
    api.say_always("LIST", status(500))
    begin(backend)
    eventually(lambda: len(api.pauses("LIST")) >= 5)
    assert all(seconds >= 0.02 * 2**number for number, seconds in enumerate(api.pauses("LIST")))
    api.say_always("LIST", listed(pod("a")))
    eventually(lambda: not is_away(backend))


def test_a_list_that_was_put_off_is_not_asked_for_before(api: BadApi, backend: KubernetesBackend):
    api.say_always("LIST", status(429, "TooManyRequests", Retry_After="60"))
    begin(backend)
    pass_by(1.2)
    assert api.asked.count("LIST") == 1


def test_now_and_then_a_list_shows_what_no_watch_has_told(
    api: BadApi, backend: KubernetesBackend, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cache_module, "RESYNC_SECONDS", 0.0)
    api.say_always("WATCH", (200, {}, []))
    assert names(backend) == []
    api.pods["a"] = pod("a")
    eventually(lambda: names(backend) == ["a"])


def test_nobody_follows_after_the_end(api: BadApi, tmp_path: Path):
    before = set(threading.enumerate())
    backend = KubernetesBackend(KubernetesApi(api.kubeconfig(tmp_path)), "", lambda: ["other"])
    assert names(backend) == []
    assert followers(before) == 2
    backend.close()
    # One may be in the middle of a call, whose end is not waited for.
    eventually(lambda: followers(before) == 0)


def followers(before: set[threading.Thread]) -> int:
    return sum(one.name == "watch" for one in set(threading.enumerate()) - before)


# -- several namespaces -------------------------------------------------------------------------------


@pytest.fixture
def two(api: BadApi, tmp_path: Path) -> Iterator[KubernetesBackend]:
    """A backend of pools in ``work``, their own namespace, and in ``other``."""
    made = KubernetesBackend(KubernetesApi(api.kubeconfig(tmp_path)), "", lambda: ["other"])
    yield made
    made.close()


def test_a_namespace_that_is_forbidden_hides_no_other(api: BadApi, two: KubernetesBackend):
    api.pods |= {"a": pod("a"), "b": pod("b", namespace="other")}
    api.say_always("LIST other", status(403, "Forbidden", "pods is forbidden"))
    assert names(two) == ["a"]
    assert two.unreachable_namespaces() == {"other": "403 Forbidden: pods is forbidden"}


def test_a_forbidden_namespace_of_pools_that_name_none_goes_by_both_names(api: BadApi, two: KubernetesBackend):
    api.pods |= {"a": pod("a"), "b": pod("b", namespace="other")}
    api.say_always("LIST work", status(403))
    assert names(two) == ["b"]
    assert set(two.unreachable_namespaces()) == {"", "work"}


def test_a_namespace_is_not_left_while_nobody_knows_what_is_in_it(api: BadApi, tmp_path: Path):
    others = ["other"]
    backend = KubernetesBackend(KubernetesApi(api.kubeconfig(tmp_path)), "", lambda: others)
    api.say_always("LIST other", status(403))
    assert names(backend) == []
    others.clear()
    assert names(backend) == []
    assert set(backend.unreachable_namespaces()) == {"other"}
    backend.close()


def test_where_no_namespace_can_be_seen_the_api_is_away(api: BadApi, two: KubernetesBackend):
    api.say_always("LIST", status(403))
    with pytest.raises(BackendUnavailable, match="403"):
        two.observe()


def test_a_copy_in_another_namespace_is_none_of_ours(api: BadApi, two: KubernetesBackend):
    api.say("LIST work", listed(pod("a")))
    api.say("LIST other", listed(pod("a", namespace="other")))
    assert [(one.name, one.namespace) for one in two.observe()] == [("a", "work")]


def test_a_name_that_is_too_long_is_none_of_ours(api: BadApi, backend: KubernetesBackend):
    api.pods |= {"a": pod("a"), "b": pod("b" * 64)}
    assert names(backend) == ["a"]


def test_a_namespace_is_followed_from_the_first_pod_that_is_made_there(api: BadApi, backend: KubernetesBackend):
    backend.create("b", replace(SPEC, namespace="other"))
    assert [(one.name, one.namespace) for one in backend.observe()] == [("b", "other")]


def test_a_namespace_is_followed_until_its_last_pod_is_gone(api: BadApi, tmp_path: Path):
    others = ["other"]
    backend = KubernetesBackend(KubernetesApi(api.kubeconfig(tmp_path)), "", lambda: others)
    api.pods["b"] = pod("b", namespace="other")
    before = set(threading.enumerate())
    assert names(backend) == ["b"]
    others.clear()
    assert names(backend) == ["b"]
    backend.delete("b", 0)
    eventually(lambda: names(backend) == [])
    eventually(lambda: names(backend) == [] and followers(before) == 1)
    backend.close()
