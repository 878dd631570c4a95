"""System checks: settings with which nothing may start."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.exceptions import ImproperlyConfigured

from apps.core import egress, env

# As Django asks for it (security.W009).
MIN_KEY_LENGTH, MIN_KEY_CHARACTERS = 50, 5
ENCRYPTED_PROTOCOLS = frozenset({"SSL", "SASL_SSL"})
ENCRYPTED_MODES = frozenset({"require", "verify-ca", "verify-full"})


@register()
def egress_allow_can_be_read(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Report entries that cannot be read: the first job that calls out would find them otherwise."""
    try:
        egress.parse_rules(tuple(env.items("EGRESS_ALLOW")))
    except ValueError as error:
        return [Error(f"EGRESS_ALLOW cannot be read: {error}", id="baseshift.E001")]
    return []


@register()
def production_is_not_open_to_guesses(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Refuse, in production, a key that can be guessed, and host names that anybody may choose."""
    if not settings.ENCRYPTED_LINKS:
        return []
    found: list[CheckMessage] = []
    if len(settings.SECRET_KEY) < MIN_KEY_LENGTH or len(set(settings.SECRET_KEY)) < MIN_KEY_CHARACTERS:
        hint = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        found.append(Error("SECRET_KEY is short enough to be guessed", hint=hint, id="baseshift.E008"))
    if any(host.strip(".*") == "" for host in settings.ALLOWED_HOSTS):
        hint = "Name the hosts under which people reach the site"
        found.append(Error("ALLOWED_HOSTS takes any name", hint=hint, id="baseshift.E009"))
    return found


@register()
def links_are_encrypted(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Report each link between processes that is not encrypted, in production (settings.ENCRYPTED_LINKS)."""
    if not settings.ENCRYPTED_LINKS:
        return []
    found: list[CheckMessage] = []
    if not _is_encrypted_redis(settings.REDIS_URL):
        hint = "Use rediss://, without ssl_cert_reqs=none"
        found.append(Error("REDIS_URL is not encrypted, or to anybody", hint=hint, id="baseshift.E002"))
    database = settings.DATABASES["default"]
    if "postgresql" not in database["ENGINE"]:
        found.append(Error("DATABASE_URL is not PostgreSQL", id="baseshift.E003"))
    elif database.get("OPTIONS", {}).get("sslmode") not in ENCRYPTED_MODES:
        found.append(
            Error("DATABASE_URL is not encrypted", hint="Add ?sslmode=verify-full (or require)", id="baseshift.E004")
        )
    if settings.MONGODB_URL and not _is_encrypted(settings.MONGODB_URL):
        found.append(Error("MONGODB_URL is not encrypted", hint="Add ?tls=true", id="baseshift.E006"))
    if settings.KAFKA and settings.KAFKA["security_protocol"] not in ENCRYPTED_PROTOCOLS:
        hint = "Use KAFKA_SECURITY_PROTOCOL=SASL_SSL (or SSL)"
        found.append(Error("The connection to Kafka is not encrypted", hint=hint, id="baseshift.E005"))
    return found


def _is_encrypted_redis(url: str) -> bool:
    """Return whether the link is encrypted and the server has to prove its name, as redis-py demands by default."""
    parts = urlsplit(url)
    return parts.scheme == "rediss" and dict(parse_qsl(parts.query)).get("ssl_cert_reqs", "required") == "required"


def _is_encrypted(mongodb_url: str) -> bool:
    """Return whether the link is encrypted: for ``mongodb+srv`` by default, for ``mongodb`` if the options say so."""
    parts = urlsplit(mongodb_url)
    options = {name.lower(): value.lower() for name, value in parse_qsl(parts.query)}
    tls = options.get("tls", options.get("ssl", "true" if parts.scheme == "mongodb+srv" else "false"))
    return tls == "true" and not {options.get("tlsinsecure"), options.get("tlsallowinvalidcertificates")} & {"true"}


def require_valid_settings() -> None:
    """Raise ImproperlyConfigured for serious findings of the checks: web servers run none by themselves."""
    serious = [message for message in run_checks() if message.is_serious()]
    if serious:
        raise ImproperlyConfigured("; ".join(str(message) for message in serious))
