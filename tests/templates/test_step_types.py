import pytest

from apps.templates.documents.step_types import RESERVED_NAMES, Registry, StepType


def test_a_type_is_found_by_its_name():
    step_type = StepType("mine", {})
    assert Registry(step_type).get("mine") is step_type
    assert Registry(step_type).get("other") is None


def test_a_name_is_taken_once_but_the_same_type_may_come_again():
    step_type = StepType("mine", {})
    types = Registry(step_type, step_type)
    with pytest.raises(ValueError, match="already"):
        types.register(StepType("mine", {"type": "object"}))
    assert types.names() == ("mine",)


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_names_of_types_to_come_are_kept(name):
    with pytest.raises(ValueError, match="reserved"):
        Registry(StepType(name, {}))
