import pytest

from apps.core.json import canonical


def test_the_order_of_keys_does_not_matter():
    assert canonical.dumps({"b": [1, {"d": 1, "c": 2}], "a": "é"}) == '{"a":"é","b":[1,{"c":2,"d":1}]}'
    assert canonical.sha256({"a": 1, "b": 2}) == canonical.sha256({"b": 2, "a": 1})


def test_other_values_have_other_hashes():
    values: list[object] = [1, "1", True, None, [], {}, [1], 1.5]
    assert len({canonical.sha256(value) for value in values}) == len(values)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_json_cannot_hold_is_refused(value: float):
    with pytest.raises(ValueError, match="JSON"):
        canonical.dumps(value)
