"""Detection of secrets written out in documents, by the name of their key or by their own shape.

A finding names the place and what to write instead, never the value.
"""

import re
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SCHEME = re.compile(r"(?i:(basic|bearer|token|digest|apikey))\b")

# The last word of a name says what it holds: a token_type is no token.
_SECRET = frozenset(
    {"authorization", "auth", "token", "secret", "password", "passwd", "passphrase", "apikey", "jwt", "cookie"}
    | {"credential", "credentials", "sig", "signature"}
)
_KEYS = frozenset(
    {"access", "account", "api", "app", "application", "auth", "functions", "master", "private", "secret"}
    | {"subscription"}
)
# Tokens that mark a place in a list, or a form that was seen.
_MARKS = frozenset({"continuation", "csrf", "cursor", "next", "page", "sync", "xsrf"})

_LONG_WORD = re.compile(r"[\w.-]{16,}")
_SHAPES = {
    "a key of AWS": r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?!\w)",
    "a token of GitHub": r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22}",
    "a token of GitLab": r"glpat-[\w-]{20}",
    "a token of Slack": r"xox[abeoprs]-[A-Za-z0-9-]{10}",
    "a key of Stripe": r"[rs]k_(?:live|test)_[A-Za-z0-9]{16}",
    "a key of Google": r"AIza[\w-]{35}",
    "a token of npm": r"npm_[A-Za-z0-9]{36}",
    "a token of PyPI": r"pypi-[\w-]{50}",
    "a key of SendGrid": r"SG\.[\w-]{22}\.[\w-]{43}",
    "a key of an AI service": r"sk-(?:(?:ant|proj|or|svcacct)-[\w-]{20}|[A-Za-z0-9]{32})",
    "a JSON Web Token": r"eyJ[\w-]+\.eyJ[\w-]+\.",
}
_KINDS = tuple(_SHAPES)
_SHAPE = re.compile("|".join(f"({shape})" for shape in _SHAPES.values()))


def advice(name: str, value: Any) -> str | None:
    """Return what to write in place of ``value`` under ``name`` if it seems to be a literal secret; else None."""
    text = "" if value is None or isinstance(value, bool) else str(value)
    shape = kind(text)
    if shape:
        return f"this holds {shape}: {_instead(name, text)}"
    if text.strip() and names_secret(name) and not _PLACEHOLDER.search(text):
        return f"this is a secret written out: {_instead(name, text)}"
    return None


def kind(text: str) -> str | None:
    """Return the kind of well-known secret in ``text`` outside its placeholders; None if there is none."""
    literal = _PLACEHOLDER.sub(" ", text)
    if "PRIVATE KEY-----" in literal:
        return "a private key"
    found = (_SHAPE.match(word[0]) for word in _LONG_WORD.finditer(literal))
    return next((_KINDS[shape.lastindex - 1] for shape in found if shape and shape.lastindex), None)


def names_secret(name: str) -> bool:
    """Return whether values under ``name`` are usually secret, as under X-Api-Key or client_secret."""
    words = _words(name)
    last, before = words[-1:], words[-2:-1]
    if last == ["key"]:
        return not _KEYS.isdisjoint(before)
    return not _SECRET.isdisjoint(last) and _MARKS.isdisjoint(words)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name[:200])]


def _instead(name: str, text: str) -> str:
    scheme = _SCHEME.match(text.strip())
    placeholder = "${" + _secret_name(name) + "}"
    written = f"{scheme[1].title()} {placeholder}" if scheme else placeholder
    return f"write {written} and keep the value in the secrets of the executors"


def _secret_name(name: str) -> str:
    """Return a name for the secret, made of the header's: X-Vault-Token holds VAULT_TOKEN."""
    words = [word for word in _words(name) if not word.isdigit()]
    if words[-1:] in (["authorization"], ["auth"]):
        return "API_KEY"
    return "_".join(words[1:] if words[:1] == ["x"] else words).upper() or "SECRET"
