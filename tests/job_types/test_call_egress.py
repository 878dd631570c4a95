"""Which addresses ``external_api_call`` connects to, and whom it believes to be there."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.workflows.executor.http.client import close_connections
from apps.workflows.executor.job_types.external_api_call import ExternalApiCall
from tests.job_types.attempts import attempt, failed
from tests.support.gateway import Gateway, gateway

CALL = ExternalApiCall()
WAYS_TO_WRITE_LOOPBACK = (
    "127.0.0.1",
    "localhost",
    "0.0.0.0",  # noqa: S104
    "127.1",
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
)
CERTIFICATE = Path(__file__).with_name("localhost.pem")


@pytest.fixture
def asked_names() -> list[str]:
    """The names that clients asked the TLS server for."""
    return []


@pytest.fixture
def tls_server(asked_names: list[str]) -> Iterator[Gateway]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    tls.sni_callback = lambda connection, name, context: asked_names.append(name)
    with gateway("localhost", tls) as served:
        yield served


@pytest.fixture(autouse=True)
def fresh_connections() -> Iterator[None]:
    close_connections()
    yield
    close_connections()


@pytest.mark.parametrize("host", WAYS_TO_WRITE_LOOPBACK)
def test_loopback_is_refused_however_it_is_written(server: Gateway, host: str):
    url = server.url.replace("127.0.0.1", host)
    assert failed(CALL, {"api_endpoint": url}, egress=()).code == "egress_refused"
    assert server.received == []


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "10.0.0.1", "192.168.1.1", "100.64.0.1", "[fe80::1]", "[fd00::1]", "[64:ff9b::a00:1]"]
)
def test_private_and_link_local_addresses_are_refused(host: str):
    failure = failed(CALL, {"api_endpoint": f"http://{host}/"})
    assert failure.code == "egress_refused"
    assert "EGRESS_ALLOW" in failure.message


def test_a_listed_port_opens_no_other(server: Gateway):
    port = int(server.url.rpartition(":")[2])
    assert attempt(CALL, {"api_endpoint": server.url}, egress=(f"127.0.0.1:{port}",)).response["status"] == 200
    assert failed(CALL, {"api_endpoint": server.url}, egress=(f"127.0.0.1:{port - 1}",)).code == "egress_refused"


def test_a_listed_name_is_good_for_that_name_only(server: Gateway):
    by_name = server.url.replace("127.0.0.1", "localhost")
    assert attempt(CALL, {"api_endpoint": by_name}, egress=("localhost",)).response["status"] == 200
    assert failed(CALL, {"api_endpoint": server.url}, egress=("localhost",)).code == "egress_refused"


def test_the_host_header_is_the_name_not_the_address(server: Gateway):
    attempt(CALL, {"api_endpoint": server.url.replace("127.0.0.1", "localhost")})
    assert server.received[0].headers["host"].startswith("localhost:")


def test_proxies_of_the_environment_are_not_used(server: Gateway, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert attempt(CALL, {"api_endpoint": server.url}).response["status"] == 200


def test_tls_asks_for_and_verifies_the_name(
    tls_server: Gateway, asked_names: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert attempt(CALL, {"api_endpoint": tls_server.url}).output == {}
    assert asked_names == ["localhost"]


def test_a_certificate_of_no_known_authority_is_refused(tls_server: Gateway):
    assert failed(CALL, {"api_endpoint": tls_server.url}).code == "connect"


def test_a_certificate_of_another_name_is_refused(tls_server: Gateway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert failed(CALL, {"api_endpoint": tls_server.url.replace("localhost", "127.0.0.1")}).code == "connect"
