"""JSON as rows of a form: what nobody touches stays as it is."""

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from apps.core.admin.rows import Row, RowsField
from apps.pods.admin.pool_rows import EnvironmentRows, MapRows, ResourceRows, TolerationRows

# Texts as people write them, with what a form may do something to.
NAMES = st.text("abcXYZ019._-/~", min_size=1, max_size=8)
TEXTS = st.text("ab \r\n%{}\"'<>&é", max_size=8)
QUANTITIES = st.dictionaries(NAMES, st.sampled_from(["1", "250m", "64Mi"]), max_size=3)
VALUES: dict[type[RowsField], st.SearchStrategy[Any]] = {
    MapRows: st.dictionaries(NAMES, NAMES | st.just(""), max_size=3),
    EnvironmentRows: st.dictionaries(NAMES, TEXTS | st.fixed_dictionaries({"secret": NAMES, "key": NAMES}), max_size=3),
    ResourceRows: st.fixed_dictionaries({}, optional={"requests": QUANTITIES, "limits": QUANTITIES}),
    TolerationRows: st.lists(
        st.fixed_dictionaries(
            {"key": NAMES},
            optional={
                "operator": st.sampled_from(["Exists", "Equal"]),
                "value": NAMES | st.just(""),
                "effect": st.sampled_from(["", "NoExecute"]),
                "tolerationSeconds": st.integers(0, 2**31 - 1),
            },
        ),
        max_size=3,
    ),
}


def lines(text: str, end: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", end)


def sent(field: RowsField, rows: list[Row]) -> list[Row]:
    """The rows as a browser sends them, with the empty one at the end, and as the widget reads them."""
    data = QueryDict(mutable=True)
    for column in field.columns:
        cells = [row[column.name] for row in rows] + [column.first]
        data.setlist(f"x-{column.name}", [lines(cell, "\r\n") for cell in cells])
    return field.widget.value_from_datadict(data, {}, "x")


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_what_nobody_touches_is_no_change(kind: type[RowsField], data: st.DataObject):
    field, value = kind(), data.draw(VALUES[kind])
    assert not field.has_changed(value, sent(field, field.written(value)))


@pytest.mark.parametrize("kind", [MapRows, EnvironmentRows], ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_what_is_shown_is_read_again(kind: type[RowsField], data: st.DataObject):
    field, value = kind(), data.draw(VALUES[kind])
    read = field.clean(sent(field, field.written(value)))
    assert read == {name: lines(text, "\n") if isinstance(text, str) else text for name, text in value.items()}


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
@given(rows=st.lists(st.lists(st.text(max_size=3), max_size=5), max_size=5), path=st.lists(st.text(max_size=3)))
def test_whatever_is_sent_is_no_fault(kind: type[RowsField], rows: list[list[str]], path: list[str]):
    field = kind()
    data = QueryDict(mutable=True)
    for column, cells in zip(field.columns, rows, strict=False):
        data.setlist(f"x-{column.name}", cells)
    read = field.widget.value_from_datadict(data, {}, "x")
    field.read(field.filled(read))
    place = field.place(path, field.filled(read))
    assert place is None or place[0] < len(read)
