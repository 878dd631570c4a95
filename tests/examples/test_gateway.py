"""The sample's payment gateway, over HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from examples.payment.gateway import FLAKY_CARD, MAX_BODY_BYTES, REFUSED_CARD, PaymentGateway
from tests.support.waiting import PATIENCE_SECONDS

GOOD_CARD = "4111 1111 1111 1111"
Charge = Callable[..., httpx.Response]


def payment(number: str, amount: float = 1) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", "cardDetails": {"number": number}}


@pytest.fixture
def charge() -> Iterator[Charge]:
    with (
        PaymentGateway("key") as gateway,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False, timeout=PATIENCE_SECONDS) as client,
    ):

        def post(body: Any, idempotency_key: str = "one", key: str = "key", path: str = "/process") -> httpx.Response:
            headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": idempotency_key}
            content = {"content": body} if isinstance(body, bytes) else {"json": body}
            return client.post(path, headers=headers, **content)

        yield post


def test_a_good_card_is_charged(charge: Charge):
    answer = charge(payment(GOOD_CARD))
    assert answer.status_code == 200
    assert answer.json()["status"] == "approved"


def test_a_repeated_payment_is_charged_once(charge: Charge):
    assert charge(payment(GOOD_CARD)).json() == charge(payment(GOOD_CARD)).json()


def test_another_key_is_another_payment(charge: Charge):
    assert charge(payment(GOOD_CARD), "one").json() != charge(payment(GOOD_CARD), "two").json()


def test_a_key_holds_for_one_payment(charge: Charge):
    charge(payment(GOOD_CARD, amount=1))
    assert charge(payment(GOOD_CARD, amount=2)).status_code == 409


def test_a_declined_card_is_refused(charge: Charge):
    assert charge(payment(REFUSED_CARD)).status_code == 402


def test_the_flaky_card_is_approved_the_third_time(charge: Charge):
    assert [charge(payment(FLAKY_CARD)).status_code for _ in range(4)] == [503, 503, 200, 200]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 20_000, b" " * (MAX_BODY_BYTES + 1), {}, {"cardDetails": 1}])
def test_a_body_that_is_no_payment_is_refused(charge: Charge, body: Any):
    assert charge(body).status_code == 400


def test_a_wrong_key_is_refused(charge: Charge):
    assert charge(payment(GOOD_CARD), key="another").status_code == 401


def test_a_missing_idempotency_key_is_refused(charge: Charge):
    assert charge(payment(GOOD_CARD), idempotency_key="").status_code == 400


def test_another_path_is_not_there(charge: Charge):
    assert charge(payment(GOOD_CARD), path="/refund").status_code == 404
