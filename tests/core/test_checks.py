"""What must not start."""

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from apps.core.checks import require_valid_settings


def ids() -> set[str | None]:
    return {message.id for message in run_checks()}


def test_the_embedded_stack_starts() -> None:
    assert not ids() & {"baseshift.E001", "baseshift.E002", "baseshift.E003", "baseshift.E004"}


def test_an_unreadable_egress_allow_is_said_before_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGRESS_ALLOW", "gateway.example:not-a-port")
    assert "baseshift.E001" in ids()


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("redis://queue.example/0", True),
        ("rediss://queue.example/0?ssl_cert_reqs=none", True),
        ("rediss://queue.example/0?ssl_cert_reqs=required", False),
        ("rediss://queue.example/0", False),
    ],
)
def test_production_refuses_a_redis_that_is_plain_or_anybodys(settings: Settings, url: str, refused: bool) -> None:
    settings.ENCRYPTED_LINKS = True
    settings.REDIS_URL = url
    assert ("baseshift.E002" in ids()) is refused


@pytest.mark.parametrize(("mode", "refused"), [("disable", True), ("prefer", True), ("verify-full", False)])
def test_production_refuses_an_unencrypted_database(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, mode: str, refused: bool
) -> None:
    settings.ENCRYPTED_LINKS = True
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"sslmode": mode})
    assert ("baseshift.E004" in ids()) is refused


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("mongodb://mongo.example/baseshift", True),
        ("mongodb://mongo.example/baseshift?tls=false", True),
        ("mongodb://mongo.example/baseshift?tls=true&tlsInsecure=true", True),
        ("mongodb://mongo.example/baseshift?tls=true&tlsAllowInvalidCertificates=true", True),
        ("mongodb://mongo.example/baseshift?tls=true", False),
        ("mongodb+srv://mongo.example/baseshift", False),
        ("mongodb+srv://mongo.example/baseshift?ssl=false", True),
    ],
)
def test_production_refuses_an_unencrypted_mongodb(settings: Settings, url: str, refused: bool) -> None:
    settings.ENCRYPTED_LINKS = True
    settings.MONGODB_URL = url
    assert ("baseshift.E006" in ids()) is refused


@pytest.mark.parametrize(
    ("protocol", "refused"), [("PLAINTEXT", True), ("SASL_PLAINTEXT", True), ("SSL", False), ("SASL_SSL", False)]
)
def test_production_refuses_an_unencrypted_kafka(settings: Settings, protocol: str, refused: bool) -> None:
    settings.ENCRYPTED_LINKS = True
    settings.KAFKA = {"bootstrap_servers": ["kafka.example:9092"], "security_protocol": protocol}
    assert ("baseshift.E005" in ids()) is refused


def test_a_web_server_does_not_serve_what_a_check_refuses(settings: Settings) -> None:
    require_valid_settings()
    settings.ENCRYPTED_LINKS = True
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL is not encrypted"):
        require_valid_settings()


@pytest.mark.parametrize("key", ["short", "a" * 80, "0123456789" * 4])
def test_production_refuses_a_key_that_can_be_guessed(settings: Settings, key: str) -> None:
    settings.ENCRYPTED_LINKS = True
    settings.SECRET_KEY = key
    assert "baseshift.E008" in ids()
    settings.SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
    assert "baseshift.E008" not in ids()


@pytest.mark.parametrize(("hosts", "refused"), [(["*"], True), (["a.example", "."], True), (["a.example"], False)])
def test_production_refuses_to_be_called_anything(settings: Settings, hosts: list[str], refused: bool) -> None:
    settings.ENCRYPTED_LINKS = True
    settings.ALLOWED_HOSTS = hosts
    assert ("baseshift.E009" in ids()) is refused
