"""How Celery is told of the queue: over TLS it has to look at the server's certificate, as our own client does."""

import ssl

import pytest
from kombu import Connection

from apps.workflows.executor.settings import ExecutorSettings


def told(url: str) -> object:
    """What Celery's client makes of it."""
    settings = ExecutorSettings(url, 15, "default", 8, (), "executor")
    return Connection(settings.broker_url).ssl


@pytest.mark.parametrize(
    "url", ["rediss://:p@queue:6380/0", "rediss://queue:6380/0?ssl_ca_certs=/etc/base-shift/ca.crt"]
)
def test_certificates_are_checked(url: str):
    assert told(url)["ssl_cert_reqs"] is ssl.CERT_REQUIRED  # type: ignore[index]


def test_authorities_of_your_own_are_taken():
    assert told("rediss://queue:6380/0?ssl_ca_certs=/ca.crt")["ssl_ca_certs"] == "/ca.crt"  # type: ignore[index]


def test_without_tls_nothing_is_said_of_certificates():
    assert not told("redis://queue:6379/0")
