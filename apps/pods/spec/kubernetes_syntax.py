"""Kubernetes' syntax of names, labels and images. Each function returns what is wrong with a text, or None."""

import re
from collections.abc import Callable

Rule = Callable[[str], str | None]

_LABEL_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_DNS_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?"
_PATH = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"[a-z][a-z0-9]*(?:[+._-][a-z][a-z0-9]*)*:[0-9a-f]{32,128}"

_LABEL = re.compile(_LABEL_PART)
_NAMESPACE = re.compile(_DNS_LABEL)
_SUBDOMAIN = re.compile(rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# It is the name of a file, too.
_SECRET_KEY = re.compile(r"(?!\.\Z|\.\.)[A-Za-z0-9._-]{1,253}")
_IMAGE = re.compile(rf"(?:{_HOST}/)?{_PATH}(?:/{_PATH})*(?::{_TAG})?(?:@{_DIGEST})?")
MAX_SUBDOMAIN = 253


def label_key(text: str) -> str | None:
    prefix, slash, name = text.rpartition("/")
    if slash and subdomain(prefix):
        return "the part of a label's key before the '/' must be a lowercase DNS name"
    if not _LABEL.fullmatch(name):
        return "a label's key has up to 63 letters, digits, '-', '_' or '.', the first and last a letter or digit"
    return None


def label_value(text: str) -> str | None:
    if text and not _LABEL.fullmatch(text):
        return "a label's value has up to 63 letters, digits, '-', '_' or '.', the first and last a letter or digit"
    return None


def namespace(text: str) -> str | None:
    if not _NAMESPACE.fullmatch(text):
        return "must be up to 63 lowercase letters, digits and inner hyphens"
    return None


def subdomain(text: str) -> str | None:
    """Check the name of a service account, a Secret or the like."""
    if len(text) > MAX_SUBDOMAIN or not _SUBDOMAIN.fullmatch(text):
        return "must be a lowercase DNS name"
    return None


def variable(text: str) -> str | None:
    if not _VARIABLE.fullmatch(text):
        return "a variable's name has letters, digits and '_', and no digit first"
    return None


def secret_key(text: str) -> str | None:
    if not _SECRET_KEY.fullmatch(text):
        return "must be up to 253 letters, digits, '-', '_' or '.', not '.' alone nor '..' at the start"
    return None


def image(text: str) -> str | None:
    if not _IMAGE.fullmatch(text):
        return "must be an image, such as registry.example:5000/team/executor:v1"
    return None
