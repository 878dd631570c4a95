import pytest

from apps.core import durations


@pytest.mark.parametrize(
    ("text", "seconds"), [("250ms", 0.25), ("30s", 30), ("5m", 300), ("2h", 7200), ("1d", 86400), ("0s", 0)]
)
def test_a_duration_is_a_number_of_seconds(text: str, seconds: float):
    assert durations.parse(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "s", "1.5s", "-1s", "1 s", "1S", "1w", "1s2m", "٣s", "1s\n", "9" * 10 + "d", None, 5]
)
def test_anything_else_is_refused(text: object):
    with pytest.raises(ValueError, match="30s"):
        durations.parse(text)  # type: ignore[arg-type]
