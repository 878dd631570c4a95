"""A payment gateway for trying things out: a real HTTP server that decides by the card's number.

``python -m examples.payment.gateway --port 9000 --key KEY`` runs it alone.
"""

import argparse
import json
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REFUSED_CARD = "4000000000000002"
FLAKY_CARD = "4000000000000119"
# How often the gateway fails before it takes a payment with FLAKY_CARD.
FAILURES = 2
MAX_BODY_BYTES = 64 * 1024
# Seconds between its looks whether to stop.
STOP_PAUSE = 0.05

Answer = tuple[HTTPStatus, dict[str, Any]]


@dataclass
class Ledger:
    """What was charged. A payment is known by its idempotency key: sent again, it is answered, not charged again."""

    payments: dict[str, tuple[Mapping[str, Any], Answer]] = field(default_factory=dict)
    _failures: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def charge(self, key: str, payment: Mapping[str, Any]) -> Answer:
        with self._lock:
            if key in self.payments:
                first, answer = self.payments[key]
                return (
                    answer if first == payment else _error(HTTPStatus.CONFLICT, "this key was used for another payment")
                )
            number = _card_number(payment)
            if number == FLAKY_CARD and self._failures[key] < FAILURES:
                self._failures[key] += 1
                return _error(HTTPStatus.SERVICE_UNAVAILABLE, "the bank does not answer")
            self.payments[key] = (payment, _decide(number))
            return self.payments[key][1]


def _decide(number: str) -> Answer:
    if not number:
        return _error(HTTPStatus.BAD_REQUEST, "cardDetails.number is missing")
    if number == REFUSED_CARD:
        return _error(HTTPStatus.PAYMENT_REQUIRED, "the card was declined")
    return HTTPStatus.OK, {"transactionId": f"tx_{uuid.uuid4().hex[:16]}", "status": "approved"}


def _card_number(payment: Mapping[str, Any]) -> str:
    card = payment.get("cardDetails")
    number = card.get("number") if isinstance(card, dict) else None
    return number.replace(" ", "").replace("-", "") if isinstance(number, str) else ""


def _error(status: HTTPStatus, message: str) -> Answer:
    return status, {"error": message}


class PaymentGateway(ThreadingHTTPServer):
    """Listens on loopback at once; serves between ``with`` and its end. Port 0: any free one."""

    daemon_threads = True

    def __init__(self, key: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.key = key
        self.ledger = Ledger()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> "PaymentGateway":
        threading.Thread(target=self.serve_forever, args=(STOP_PAUSE,), name="gateway", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is nothing to tell of."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: PaymentGateway
    protocol_version = "HTTP/1.1"
    # Seconds of silence after which a connection is closed.
    timeout = 30

    def do_POST(self) -> None:
        body = self._body()
        status, content = self._answer(body)
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if body is None:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text)

    def _answer(self, body: bytes | None) -> Answer:
        key = self.headers.get("Idempotency-Key")
        if self.path != "/process":
            return _error(HTTPStatus.NOT_FOUND, "there is only /process")
        if self.headers.get("Authorization") != f"Bearer {self.server.key}":
            return _error(HTTPStatus.UNAUTHORIZED, "a valid key is required in Authorization")
        if not key:
            return _error(HTTPStatus.BAD_REQUEST, "an Idempotency-Key is required")
        payment = _json_object(body)
        if payment is None:
            return _error(HTTPStatus.BAD_REQUEST, "a JSON object of at most 64 KiB is required")
        return self.server.ledger.charge(key, payment)

    def _body(self) -> bytes | None:
        """The request's body; None if it has no usable length."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def log_message(self, *_: object) -> None:
        """Say nothing: who uses the gateway shows what it answers."""


def _json_object(body: bytes | None) -> dict[str, Any] | None:
    try:
        value = json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def main() -> None:
    parser = argparse.ArgumentParser(description="A payment gateway for trying things out")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--key", required=True, help="what callers send as Authorization: Bearer KEY")
    options = parser.parse_args()
    with PaymentGateway(options.key, options.port) as gateway:
        print(f"The gateway listens on http://{gateway.address}/process")
        threading.Event().wait()


if __name__ == "__main__":
    main()
