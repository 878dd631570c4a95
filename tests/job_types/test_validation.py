"""``validation``: rules and schemas, asked of the workflow's input."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.workflows.executor.job_types.rules import rule
from apps.workflows.executor.job_types.validation import Validation
from tests.job_types.attempts import attempt, failed

NOW = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
VALIDATION = Validation(clock=lambda: NOW)
CARD_RULES = ["check_card_number", "check_expiry_date", "check_cvv"]

GOOD = {"number": "4111 1111 1111 1111", "expiry": "12/30", "cvv": "123"}


def card(**changes: Any) -> dict[str, Any]:
    return {"input": {"cardDetails": {**GOOD, **changes}}}


def broken(rule: str, **changes: Any) -> list[dict[str, str]]:
    failure = failed(VALIDATION, {"rules": [rule]}, data=card(**changes))
    assert failure.code == "validation"
    return failure.details


def test_a_good_card_is_valid():
    assert attempt(VALIDATION, {"rules": CARD_RULES}, data=card()).output == {"valid": True}


@pytest.mark.parametrize(
    "number",
    ["4111111111111111", "4111-1111-1111-1111", "378282246310005", "6304 0000 0000", "6011000990139424"],
)
def test_card_numbers_of_every_length_and_grouping_pass(number: str):
    assert attempt(VALIDATION, {"rules": ["check_card_number"]}, data=card(number=number)).output == {"valid": True}


@pytest.mark.parametrize(
    "number",
    [
        "4111 1111 1111 1112",
        "41111111110",
        "4" * 20,
        "4111  1111 1111 1111",
        "4111-1111-1111-111x",
        " 4111111111111111",
        "٤١١١١١١١١١١١١١١١",
        "",
        4111111111111111,
        None,
    ],
)
def test_what_is_no_card_number_is_refused_without_saying_it(number: object):
    [detail] = broken("check_card_number", number=number)
    assert (detail["rule"], detail["path"]) == ("check_card_number", "cardDetails.number")
    assert "4111" not in detail["message"]


@pytest.mark.parametrize("expiry", ["11/26", "12/26", "01/27", "12/99"])
def test_a_card_is_good_until_the_end_of_its_month(expiry: str):
    assert attempt(VALIDATION, {"rules": ["check_expiry_date"]}, data=card(expiry=expiry)).output == {"valid": True}


@pytest.mark.parametrize("expiry", ["10/26", "12/25", "00/30", "13/30", "1/30", "12/2030", "12-30", None, 1230])
def test_an_expiry_that_is_past_or_malformed_is_refused(expiry: object):
    [detail] = broken("check_expiry_date", expiry=expiry)
    assert detail["path"] == "cardDetails.expiry"


@pytest.mark.parametrize(("number", "cvv"), [("4111111111111111", "000"), ("378282246310005", "1234"), (None, "1234")])
def test_the_cvv_has_the_length_of_its_card(number: str | None, cvv: str):
    data = card(number=number, cvv=cvv)
    assert attempt(VALIDATION, {"rules": ["check_cvv"]}, data=data).output == {"valid": True}


@pytest.mark.parametrize(
    ("number", "cvv"),
    [
        ("4111111111111111", "1234"),
        ("378282246310005", "123"),
        ("341111111111111", "123"),
        (None, "12"),
        (None, "12a"),
        (None, 123),
        (None, "١٢٣"),
    ],
)
def test_a_cvv_of_another_length_is_refused_without_saying_it(number: str | None, cvv: object):
    [detail] = broken("check_cvv", number=number, cvv=cvv)
    assert detail["path"] == "cardDetails.cvv"
    assert str(cvv) not in detail["message"]


def test_every_broken_rule_is_named_at_once():
    failure = failed(VALIDATION, {"rules": CARD_RULES}, data={"input": {}})
    assert [(detail["rule"], detail["path"]) for detail in failure.details] == [
        ("check_card_number", "cardDetails.number"),
        ("check_expiry_date", "cardDetails.expiry"),
        ("check_cvv", "cardDetails.cvv"),
    ]
    assert "check_cvv (cardDetails.cvv)" in failure.message


@pytest.mark.parametrize("nothing", [None, 5, "text", [], {"cardDetails": "4111"}, {"cardDetails": None}])
def test_input_of_any_shape_breaks_rules_and_nothing_else(nothing: object):
    assert failed(VALIDATION, {"rules": CARD_RULES}, data={"input": nothing}).code == "validation"


@pytest.mark.parametrize("path", ["payer.card", "payer.card.cvv"])
def test_a_path_leads_to_the_object_or_to_the_field(path: str):
    config = {"rules": [{"rule": "check_cvv", "path": path}]}
    data = {"input": {"payer": {"card": {"number": "378282246310005", "cvv": "123"}}}}
    [detail] = failed(VALIDATION, config, data=data).details
    assert detail["path"] == "payer.card.cvv"
    assert "4 digits" in detail["message"]


def test_a_path_may_lead_through_lists_and_to_a_field_of_another_name():
    config = {"rules": [{"rule": "check_card_number", "path": "cards.1.pan"}]}
    data = {"input": {"cards": [{}, {"pan": "4111111111111111"}]}}
    assert attempt(VALIDATION, config, data=data).output == {"valid": True}


def test_data_may_come_from_elsewhere():
    config = {"rules": ["check_cvv"], "data": "${steps.read.output}"}
    data = {"steps": {"read": {"output": {"cardDetails": {"cvv": "12"}}}}}
    assert failed(VALIDATION, config, data=data).code == "validation"


def test_a_schema_is_asked_beside_the_rules():
    config = {"rules": ["check_cvv"], "schema": {"properties": {"lines": {"items": {"type": "integer"}}}}}
    failure = failed(VALIDATION, config, data={"input": {"lines": [1, "secret"]}})
    assert [(detail["rule"], detail["path"]) for detail in failure.details] == [
        ("check_cvv", "cardDetails.cvv"),
        ("schema", "lines.1"),
    ]
    assert "secret" not in str(failure.details)


def test_data_that_is_wrong_as_a_whole_is_told_without_a_path():
    assert failed(VALIDATION, {"schema": {"type": "object"}}, data={"input": 5}).message == "broken rules: schema"


def test_a_schema_that_came_by_a_placeholder_is_checked_before_it_is_used():
    failure = failed(VALIDATION, {"schema": "${input}"}, data={"input": {"type": "nonsense"}})
    assert failure.code == "error"
    assert failure.details[0]["path"] == "/schema/type"


def test_an_unknown_rule_is_named_with_its_place():
    assert VALIDATION.spec.check is not None
    [problem] = VALIDATION.spec.check({"rules": ["check_cvv", {"rule": "check_moon"}]})
    assert problem.pointer == "/rules/1/rule"
    assert "check_moon" in problem.message
    assert "check_cvv" in problem.message


def test_a_rule_of_a_taken_name_cannot_be_registered():
    with pytest.raises(ValueError, match="check_cvv"):
        rule("check_cvv", default_path="")(lambda data, path, now: None)
