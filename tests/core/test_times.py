from datetime import UTC, datetime, timedelta, timezone

import pytest

from apps.core import times


def test_a_time_is_written_in_utc_with_microseconds():
    moment = datetime(2026, 11, 22, 3, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    assert times.rfc3339(moment) == "2026-11-22T01:02:03.000000Z"


@pytest.mark.parametrize("text", ["2026-11-22T01:02:03Z", "2026-11-22t02:02:03.0+01:00"])
def test_a_time_with_any_offset_is_read(text):
    assert times.parse(text) == datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-22", "2026-11-22T01:02:03", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+01:00"]
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r"time|month"):
        times.parse(text)
