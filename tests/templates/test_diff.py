"""What differs between two documents, value by value and line by line."""

import sys
from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.templates.comparison import alignment, compatibility, diff
from apps.templates.comparison.diff import Difference, changes
from apps.templates.comparison.line_diff import DiffLine, DiffRow, Segment, rows, unified
from apps.templates.formats import yaml_writer
from tests.support.documents import document, step

OLD = document(step("a", timeout="5m"), step("b", config={"to": ["x", "z"]}), step("c"), labels={"team": "pay"})

SMALL = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.sampled_from([1.0, "a", "b"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["a", "b", "/", "~"]), inner, max_size=3),
        st.lists(st.fixed_dictionaries({"name": st.sampled_from("pqr"), "x": inner}), max_size=3),
    ),
    max_leaves=10,
)
LINES = st.lists(st.sampled_from(["a", "b", "c", "- 1", "unique"]), max_size=12)


def test_a_document_does_not_differ_from_itself_nor_by_the_order_of_its_keys():
    assert changes(OLD, dict(reversed(deepcopy(OLD).items()))) == []


def test_what_was_added_removed_and_replaced_is_told_with_its_place():
    new = deepcopy(OLD) | {"name": "New", "labels": {"a/b": "c"}}
    new["steps"][0]["timeout"] = "1m"
    assert changes(OLD, new) == [
        Difference("replace", "/steps/0/timeout", "5m", "1m"),
        Difference("add", "/labels/a~1b", new="c"),
        Difference("remove", "/labels/team", "pay"),
        Difference("add", "/name", new="New"),
    ]


def test_a_value_of_another_type_is_another_value():
    assert changes({"a": 1}, {"a": True}) == [Difference("replace", "/a", 1, True)]
    assert changes({"a": 1}, {"a": 1.0}) == [Difference("replace", "/a", 1, 1.0)]
    assert changes({"a": [1]}, {"a": {"0": 1}}) == [Difference("replace", "/a", [1], {"0": 1})]


def test_a_step_that_was_moved_is_told_once():
    first, *rest = OLD["steps"]
    assert changes(OLD, OLD | {"steps": [*rest, first]}) == [Difference("move", "/steps/2", moved_from="/steps/0")]


def test_a_step_is_known_by_its_name_wherever_it_stands():
    a, b, c = OLD["steps"]
    new = OLD | {"steps": [step("new"), c | {"timeout": "1m"}, a]}
    assert changes(OLD, new) == [
        Difference("add", "/steps/0", new=step("new")),
        Difference("move", "/steps/1", moved_from="/steps/2"),
        Difference("add", "/steps/1/timeout", new="1m"),
        Difference("remove", "/steps/1", b),
    ]


def test_items_of_other_lists_are_known_by_what_they_are():
    new = deepcopy(OLD)
    new["steps"][1]["config"]["to"] = ["new", "x", "other"]
    assert changes(OLD, new) == [
        Difference("add", "/steps/1/config/to/0", new="new"),
        Difference("replace", "/steps/1/config/to/2", "z", "other"),
    ]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(SMALL, SMALL)
def test_the_differences_make_the_one_into_the_other(old: Any, new: Any):
    old, new = {"top": old}, {"top": new}
    for difference in changes(old, new):
        if difference.op != "remove":
            at, expected = found(new, difference.pointer), difference.new
            assert difference.op == "move" or same(at, expected)
        if difference.op in ("remove", "move"):
            found(old, difference.moved_from or difference.pointer)
    assert (changes(old, new) == []) == same(old, new)


def found(value: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def same(one: Any, other: Any) -> bool:
    """Whether both are the same JSON, where 1, 1.0 and true are three values."""
    return yaml_writer.dumps(ordered(one)) == yaml_writer.dumps(ordered(other))


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value)}
    return [ordered(item) for item in value] if isinstance(value, list) else value


def test_there_is_an_end_to_what_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(diff, "MAX_DIFFERENCES", 5)
    assert len(changes({}, {str(key): 1 for key in range(9)})) == 5
    monkeypatch.setattr(diff, "MAX_POINTERS_LENGTH", 100)
    assert len(changes({"k" * 40: {"a": 1}}, {"k" * 40: {str(key): 1 for key in range(9)}})) == 2


def test_the_text_is_a_unified_diff_of_the_yaml():
    new = document(step("a", timeout="1m"), step("b", config={"to": ["x", "z"]}), labels={"team": "pay"})
    assert diff.text(OLD, new, "sample 1.0.0", "sample 1.0.1") == (
        "--- sample 1.0.0\n"
        "+++ sample 1.0.1\n"
        "@@ -4,16 +4,13 @@\n"
        "   - name: a\n"
        "     type: any\n"
        "     config: {}\n"
        "-    timeout: 5m\n"
        "+    timeout: 1m\n"
        "   - name: b\n"
        "     type: any\n"
        "     config:\n"
        "       to:\n"
        "         - x\n"
        "         - z\n"
        "-  - name: c\n"
        "-    type: any\n"
        "-    config: {}\n"
        " inputSchema:\n"
        "   type: object\n"
        " outputSchema: {}\n"
    )


def test_the_order_of_keys_is_no_difference_in_the_text_and_new_keys_stand_where_they_were_written():
    new = {"outputSchema": {}, "inputSchema": {"type": "object"}, "name": "New"} | deepcopy(OLD)
    text = diff.text(OLD, new, "old", "new")
    assert [line for line in text.splitlines() if line[:1] in "+-"][2:] == ["+name: New"]
    assert " inputSchema:\n   type: object\n+name: New\n" in text
    assert diff.text(OLD, dict(reversed(OLD.items())), "old", "new") == ""


def test_side_by_side_both_have_their_line_numbers_and_what_changed_in_a_line_is_marked():
    old = ["a", "b", "timeout: 5m", "c", "gone", *"defghijkl"]
    new = ["a", "b", "timeout: 10m", "c", *"defghijkl", "new"]
    found = list(rows(old, new, 1))
    assert found == [
        DiffRow("gap", left_out=1),
        DiffRow("same", DiffLine(2, (Segment("b"),)), DiffLine(2, (Segment("b"),))),
        DiffRow(
            "change",
            DiffLine(3, (Segment("timeout: "), Segment("5", marked=True), Segment("m"))),
            DiffLine(3, (Segment("timeout: "), Segment("10", marked=True), Segment("m"))),
        ),
        DiffRow("same", DiffLine(4, (Segment("c"),)), DiffLine(4, (Segment("c"),))),
        DiffRow("remove", left=DiffLine(5, (Segment("gone"),))),
        DiffRow("same", DiffLine(6, (Segment("d"),)), DiffLine(5, (Segment("d"),))),
        DiffRow("gap", left_out=7),
        DiffRow("same", DiffLine(14, (Segment("l"),)), DiffLine(13, (Segment("l"),))),
        DiffRow("add", right=DiffLine(14, (Segment("new"),))),
    ]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(LINES, LINES, st.integers(0, 2))
def test_both_texts_can_be_read_off_the_rows(old: list[str], new: list[str], context: int):
    found = list(rows(old, new, context))
    for side, text in (("left", old), ("right", new)):
        for row in found:
            line = getattr(row, side)
            assert line is None or "".join(segment.text for segment in line.segments) == text[line.number - 1]
    assert sum(row.left_out or row.left is not None for row in found) == (len(old) if found else 0)
    assert (found == []) == (old == new)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(LINES, LINES, st.integers(0, 2))
def test_a_unified_diff_makes_the_one_text_into_the_other(old: list[str], new: list[str], context: int):
    made, at = [], 0
    for line in list(unified(old, new, ("old", "new"), context))[2:]:
        if line.startswith("@@"):
            start, _, length = line.split()[1].removeprefix("-").partition(",")
            until = int(start) - (length != "0")
            made += old[at:until]
            at = until
        else:
            assert line[0] == "+" or old[at] == line[1:]
            at += line[0] != "+"
            made += [line[1:]] if line[0] != "-" else []
    assert made + old[at:] == new


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=14), st.lists(st.integers(0, 5), max_size=14))
def test_blocks_cover_both_and_are_the_same_where_they_say_so(old: list[int], new: list[int]):
    found = list(alignment.blocks(old, new))
    ends = [(0, 0), *((block.old_to, block.new_to) for block in found)]
    assert [(block.old_from, block.new_from) for block in found] == ends[:-1]
    assert ends[-1] == (len(old), len(new))
    for block in found:
        assert block.same == (old[block.old_from : block.old_to] == new[block.new_from : block.new_to])
    assert all(one.same != other.same for one, other in pairwise(found))


def test_of_a_short_sequence_as_much_as_can_be_stays():
    old, new = list("abcabba"), list("cbabac")
    assert sum(block.old_to - block.old_from for block in alignment.blocks(old, new) if block.same) == 4


def test_in_a_long_text_without_a_line_of_its_own_one_change_is_one_change():
    old = [number % 7 for number in range(20_000)] + [number % 11 for number in range(20_000)]
    new = [*old[:9_000], 99, *old[9_000:30_000], 98, *old[30_001:]]
    assert sum(not block.same for block in alignment.blocks(old, new)) == 2


def edited(length: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two documents of so many steps: half of the second one's are changed, and they stand the other way round."""
    steps = [step(f"s{number}", config={"x": number}) for number in range(length)]
    changed = [{**s, "timeout": "1m"} if number % 2 else s for number, s in enumerate(steps)]
    return document(*steps), document(*changed[::-1])


def repeated(length: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Lines that are all alike, in two orders."""
    numbers = [number % 3 for number in range(length)]
    return document(step("a", config={"x": numbers})), document(step("a", config={"x": numbers[::-1]}))


def calls(act: Callable[..., Any], *arguments: Any) -> int:
    """How many functions are called: no clock decides."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        act(*arguments)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("pair", [edited, repeated])
@pytest.mark.parametrize("act", [changes, compatibility.changes, lambda old, new: list(diff.rows(old, new))])
def test_four_times_the_length_takes_four_times_the_work(act: Callable[..., Any], pair: Callable[[int], Any]):
    small, large = calls(act, *pair(500)), calls(act, *pair(2000))
    assert large < 4.5 * small


def test_texts_beyond_a_bound_are_not_compared():
    large = document(step("a", config={"x": ["y" * 100] * (diff.MAX_TEXT_LENGTH // 100)}))
    with pytest.raises(yaml_writer.TooLong):
        diff.text(OLD, large, "old", "new")
    assert Difference("add", "/steps/0/config/x", new=large["steps"][0]["config"]["x"]) in changes(OLD, large)
