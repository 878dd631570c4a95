import pytest

from tests.support.documents import document, errors, step

#   a → b      waits for itself in the end: each name is told
#   ↑   ↓
#   d ← c


def test_a_cycle_is_told_with_the_names_along_it():
    steps = [step("a", dependsOn=["d"]), step("b"), step("c"), step("d")]
    assert errors(document(*steps)) == {"/steps/0/dependsOn": "the steps wait for each other: a → b → c → d → a"}


def test_of_a_long_cycle_the_first_names_are_told():
    steps = [step(f"s{i}", dependsOn=[f"s{(i - 1) % 500}"]) for i in range(500)]
    said = "the steps wait for each other: s0 → s1 → s2 → s3 → s4 → s5 → s6 → s7 → s8 → s9 → … → s0"
    assert errors(document(*steps)) == {"/steps/0/dependsOn": said}


def test_a_step_does_not_wait_for_itself():
    assert errors(document(step("a", dependsOn=["a"]))) == {"/steps/0/dependsOn/0": "a step cannot depend on itself"}


def test_a_step_waits_for_steps_that_exist():
    assert errors(document(step("a", dependsOn=["b"]))) == {"/steps/0/dependsOn/0": "there is no step 'b'"}


def test_a_parent_is_named_once():
    steps = [step("a"), step("b", dependsOn=["a", {"step": "a", "on": "failure"}])]
    assert errors(document(*steps)) == {"/steps/1/dependsOn/1": "'a' is named twice"}


def test_a_step_may_wait_for_one_written_later():
    assert errors(document(step("a", dependsOn=["b"]), step("b", dependsOn=[]))) == {}


@pytest.mark.parametrize("written", [["a", 1], "a", [{"on": "success"}], [{"step": "a", "on": "never"}], None])
def test_what_is_waited_for_has_its_shape(written):
    (pointer,) = errors(document(step("a"), step("b", dependsOn=written)))
    assert pointer.startswith("/steps/1/dependsOn")
