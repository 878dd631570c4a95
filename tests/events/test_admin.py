"""The pages of events and dead letters, and who may try again what was given up."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core import bulk_write
from apps.core.errors import Forbidden
from apps.core.models import User
from apps.events import dead_letters, topics
from apps.events.bus.memory import MemoryBus
from apps.events.models import DeadLetter, Event
from apps.events.publisher.loop import Publisher
from apps.events.services.dismiss import dismiss_many
from tests.support.admin_pages import SCRIPT, browser, staff
from tests.support.outbox import event

EVENTS = reverse("admin:events_event_changelist")
LETTERS = reverse("admin:events_deadletter_changelist")


@pytest.fixture
def admins(db: None) -> Client:
    return browser(User.objects.create_superuser("admin"))


@pytest.fixture
def letter(db: None) -> DeadLetter:
    """An event that was too large."""
    bulk_write.insert([event(1, "w1", data={"text": "x" * 3000})])
    Publisher("one", MemoryBus(max_message_bytes=2000)).tick(timezone.now())
    return DeadLetter.objects.get()


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def replay(client: Client, letter: DeadLetter, **options: Any) -> Any:
    return client.post(reverse("admin:events_replay", args=[letter.pk]), **options)


def test_the_list_of_events_says_how_many_wait(admins: Client) -> None:
    assert "All events have been published" in text_of(admins, EVENTS)
    bulk_write.insert([event(1), event(2)])
    assert "2 events wait, the oldest for" in text_of(admins, EVENTS)


@pytest.mark.parametrize(("query", "count"), [("q=w1", 2), ("q=other", 0), ("state=waits", 3), ("state=published", 0)])
def test_events_are_found_by_key_and_state(admins: Client, query: str, count: int) -> None:
    bulk_write.insert([event(1, "w1"), event(2, "w1"), event(3, "w2")])
    answer = admins.get(f"{EVENTS}?{query}")
    assert answer.context["cl"].result_count == count


def test_an_event_is_shown_as_the_cloudevent_that_it_is(admins: Client) -> None:
    stored = event(1, "w1", subject=SCRIPT)
    stored.save()
    page = text_of(admins, reverse("admin:events_event_change", args=[stored.pk]))
    assert str(stored.event_id) in page
    assert "specversion" in page
    assert SCRIPT not in page


def test_a_dead_letter_tells_its_reason(admins: Client, letter: DeadLetter) -> None:
    assert letter.reason in text_of(admins, LETTERS)
    page = text_of(admins, reverse("admin:events_deadletter_change", args=[letter.pk]))
    assert letter.reason in page
    assert "Replay" in page


def test_a_replayed_letter_is_published_again(admins: Client, letter: DeadLetter) -> None:
    assert "It will be tried again" in replay(admins, letter, follow=True).content.decode()
    bus = MemoryBus()
    Publisher("one", bus).tick(timezone.now())
    assert [one.headers["ce_id"] for one in bus.topics[topics.JOBS]] == [letter.reference]
    assert not Event.objects.filter(published_at=None)


def test_it_is_replayed_once(admins: Client, letter: DeadLetter) -> None:
    replay(admins, letter)
    assert "It was replayed already" in replay(admins, letter, follow=True).content.decode()


def test_one_that_fails_again_is_a_further_letter(admins: Client, letter: DeadLetter) -> None:
    replay(admins, letter)
    Publisher("one", MemoryBus(max_message_bytes=2000)).tick(timezone.now())
    assert DeadLetter.objects.filter(replayed_at=None).count() == 1


def test_selected_letters_are_replayed(admins: Client, letter: DeadLetter) -> None:
    chosen = {"action": "replay_selected", "_selected_action": [letter.pk]}
    assert "1 will be tried again" in admins.post(LETTERS, chosen, follow=True).content.decode()
    assert not Event.objects.filter(quarantined_at__isnull=False)


def test_a_letter_of_an_origin_that_is_gone_stays(admins: Client, letter: DeadLetter) -> None:
    letter.origin = "gone"
    letter.save()
    assert "Nothing here knows" in replay(admins, letter, follow=True).content.decode()
    letter.refresh_from_db()
    assert letter.replayed_at is None


def test_who_may_look_may_not_replay(letter: DeadLetter) -> None:
    sams = browser(staff("sam", "view_deadletter"))
    page = text_of(sams, reverse("admin:events_deadletter_change", args=[letter.pk]))
    assert "Replay</button>" not in page
    assert replay(sams, letter).status_code == 403
    chosen = {"action": "replay_selected", "_selected_action": [letter.pk]}
    sams.post(LETTERS, chosen)
    assert Event.objects.filter(quarantined_at__isnull=False).exists()


def dismiss(client: Client, *letters: DeadLetter) -> str:
    chosen = {"action": "dismiss_selected", "_selected_action": [letter.pk for letter in letters]}
    answer: str = client.post(LETTERS, chosen, follow=True).content.decode()
    return answer


def test_selected_letters_are_dismissed(admins: Client, letter: DeadLetter) -> None:
    assert "1 dismissed" in dismiss(admins, letter)
    assert not DeadLetter.objects.exists()


def test_a_letter_that_was_replayed_is_not_dismissed(admins: Client, letter: DeadLetter) -> None:
    replay(admins, letter)
    assert "0 dismissed" in dismiss(admins, letter)
    assert DeadLetter.objects.exists()


def test_who_may_replay_may_not_dismiss(letter: DeadLetter) -> None:
    sams = browser(staff("sam", "view_deadletter", "replay_deadletter"))
    assert "Dismiss selected" not in text_of(sams, LETTERS)
    dismiss(sams, letter)
    assert DeadLetter.objects.exists()
    with pytest.raises(Forbidden):
        dismiss_many(User.objects.get(username="sam"), letter_ids=[letter.pk])


def test_without_permission_nothing_is_shown(letter: DeadLetter) -> None:
    sams = browser(staff("sam"))
    assert [sams.get(url).status_code for url in (EVENTS, LETTERS)] == [403, 403]
    assert sams.get(reverse("admin:events_deadletter_change", args=[letter.pk])).status_code == 404
    assert replay(sams, letter).status_code == 403


def test_replaying_takes_a_post(admins: Client, letter: DeadLetter) -> None:
    assert admins.get(reverse("admin:events_replay", args=[letter.pk])).status_code == 405


def test_an_origin_has_one_way_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "_replays", {})
    dead_letters.register("test", print)
    dead_letters.register("test", print)
    with pytest.raises(ValueError, match="test"):
        dead_letters.register("test", repr)  # type: ignore[arg-type]
