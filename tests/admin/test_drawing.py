"""What pages are made of, without a page."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.core.templatetags.pages import MAX_SHOWN, duration, moment, pretty_json
from apps.templates.admin.steps import steps
from apps.workflows.admin.input_example import example_of
from apps.workflows.admin.timechart import MIN_BAR_WIDTH, WIDTH, Bar, Window, bars

START = datetime(2026, 11, 22, 1, 2, 3, 4567, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(seconds=10))


def attempt(begin, end, outcome="completed"):
    at = [None if seconds is None else START + timedelta(seconds=seconds) for seconds in (begin, end)]
    return {"number": 1, "started_at": at[0], "finished_at": at[1], "outcome": outcome}


def test_an_attempt_is_drawn_where_it_was_in_the_time_of_its_workflow():
    assert bars([attempt(2, 5)], WINDOW) == [Bar(200, 300, "completed", 1)]


def test_a_running_attempt_reaches_to_the_end_of_the_window():
    assert bars([attempt(5, None, "")], WINDOW) == [Bar(500, 500, "running", 1)]


def test_an_attempt_that_has_not_begun_is_not_drawn():
    assert bars([attempt(None, None, "")], WINDOW) == []


@pytest.mark.parametrize("when", [0, 10, -5, 15])
def test_a_moment_stays_visible_and_inside(when):
    (bar,) = bars([attempt(when, when)], WINDOW)
    assert bar.width == MIN_BAR_WIDTH
    assert 0 <= bar.x <= WIDTH - MIN_BAR_WIDTH


def test_a_window_without_length_is_no_fault():
    assert bars([attempt(0, 0)], Window(START, START)) == [Bar(0, MIN_BAR_WIDTH, "completed", 1)]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0, "0 ms"), (0.0123, "12 ms"), (3.44, "3.4 s"), (59.96, "60.0 s"), (125, "2 min 05 s")),
        *((3720, "1 h 02 min"), (273600, "3 d 04 h"), (-5, "0 ms")),
    ],
)
def test_durations_are_written_for_people(seconds, text):
    assert duration(timedelta(seconds=seconds)) == text


def test_what_has_no_time_is_a_dash():
    assert duration(None) == moment(None) == "\N{EN DASH}"


def test_a_time_is_written_to_the_millisecond():
    assert moment(START) == "2026-11-22 01:02:03.004"


def test_long_json_is_cut_and_says_so():
    text = pretty_json("x" * 30_000)
    assert len(text) < MAX_SHOWN + 100
    assert text.endswith("(30,002 characters in all)")


def test_a_draft_of_an_input_follows_its_schema():
    schema = {
        "type": "object",
        "properties": {
            "amount": {"type": "number"},
            "currency": {"enum": ["EUR", "USD"]},
            "mail": {"type": ["string", "null"]},
            "card": {"type": "object", "properties": {"cvv": {"type": "string", "examples": ["123"]}}},
            "tags": {"type": "array", "default": ["new"]},
            "any": True,
        },
    }
    assert example_of(schema) == {
        "amount": 0,
        "currency": "EUR",
        "mail": "",
        "card": {"cvv": "123"},
        "tags": ["new"],
        "any": {},
    }


@pytest.mark.parametrize("schema", [True, {}, {"type": []}, {"properties": {}}, {"type": "object"}])
def test_a_schema_that_says_little_gives_an_empty_object(schema):
    assert example_of(schema) == {}


def test_a_step_without_depends_on_comes_after_the_one_before_it():
    document = {
        "steps": [
            {"name": "a", "type": "noop"},
            {"name": "b", "type": "noop"},
            {"name": "c", "type": "noop", "dependsOn": []},
            {"name": "d", "type": "noop", "dependsOn": ["a", {"step": "b", "on": "failure"}, {"step": "c"}]},
        ]
    }
    assert [step["after"] for step in steps(document)] == [[], ["a"], [], ["a", "b (failure)", "c"]]
