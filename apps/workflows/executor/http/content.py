"""Content of HTTP answers and requests: content codings (RFC 9110, section 8.4) and charsets (WHATWG Encoding).

A well-formed exchange is not broken by odd content: what cannot be decoded has no text, and that is all.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from email.message import Message

import webencodings

from apps.core.json import strict

UTF8 = "utf-8"
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_RAW_DEFLATE = -zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
# No server of good will packs more often.
MAX_CODINGS = 3


class ResponseTooLarge(Exception):
    """The answer is over the limit."""


class Undecodable(Exception):
    """Content in a coding that is not known, or that breaks off."""


def decoded(chunks: Iterable[bytes], coding: str, max_bytes: int) -> Iterator[bytes]:
    """Undo the codings of a ``Content-Encoding`` header, the last one first.

    Each step gives ``max_bytes`` at a time at most, however small what goes in. Raises :class:`Undecodable` and
    :class:`ResponseTooLarge`.
    """
    codings = [word for word in (part.strip().lower() for part in coding.split(",")) if word not in ("", "identity")]
    if len(codings) > MAX_CODINGS:
        raise Undecodable
    for name in reversed(codings):
        if name in ("gzip", "x-gzip"):
            chunks = _unpacked(chunks, max_bytes, _GZIP_OR_ZLIB)
        elif name == "deflate":
            chunks = _inflated(chunks, max_bytes)
        else:
            raise Undecodable
    yield from chunks


def _inflated(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """Inflate a zlib stream, or the raw deflate data that some servers send in its place."""
    rest = iter(chunks)
    head = b""
    # The two bytes of a zlib header (RFC 1950, section 2.2) tell the two apart.
    while len(head) < 2 and (chunk := next(rest, None)) is not None:
        head += chunk
    is_wrapped = len(head) < 2 or head[:2] == _GZIP_MAGIC or (head[0] & 15 == 8 and (head[0] << 8 | head[1]) % 31 == 0)
    return _unpacked(_joined(head, rest), max_bytes, _GZIP_OR_ZLIB if is_wrapped else _RAW_DEFLATE)


def _joined(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest


def _unpacked(chunks: Iterable[bytes], max_bytes: int, window: int) -> Iterator[bytes]:
    """Unpack all members of a gzip file (RFC 1952, section 2.2), or one deflate stream. An empty body has none.

    What comes after them is no part of it, as for gzip itself.
    """
    unpacking = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if unpacking is None:
                unpacking = zlib.decompressobj(window)
            elif unpacking.eof:
                if not rest.startswith(_GZIP_MAGIC):
                    return
                unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                yield unpacking.decompress(rest, max_bytes + 1)
            except zlib.error as error:
                raise Undecodable from error
            if unpacking.unconsumed_tail:
                raise ResponseTooLarge
            rest = unpacking.unused_data
    if unpacking is not None and not unpacking.eof:
        raise Undecodable


def charset_of(content_type: str) -> str | None:
    """Return the charset that a ``Content-Type`` names, if it is one of the WHATWG's labels.

    Of several values in one header the last one counts (WHATWG Fetch, "extract a MIME type").
    """
    last = content_type.rpartition(",")[2] if content_type.count("/") > 1 else content_type
    encoding = _encoding(_charset_label(last) or "")
    return None if encoding is None else encoding.name


def _charset_label(content_type: str) -> str | None:
    message = Message()
    message["content-type"] = content_type
    label = message.get_param("charset")
    return label if isinstance(label, str) else None


def _encoding(label: str) -> webencodings.Encoding | None:
    """Return the encoding of the web that the label names. "replacement" is the standard's word for none."""
    encoding = webencodings.lookup(label) if label.isascii() else None
    return None if encoding is None or encoding.name == "replacement" else encoding


def value_of(body: bytes | bytearray, content_type: str) -> object:
    """Return the JSON that ``body`` is, or ``{"text": …}``.

    JSON is UTF-8 (RFC 8259, section 8.1); a server that says another charset and means it is understood, too. A
    byte-order mark is no part of the text, and goes before the charset that was said.
    """
    charset = charset_of(content_type) or UTF8
    content = bytes(body)
    try:
        return strict.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except strict.Malformed:
        pass
    text, encoding = webencodings.decode(content, charset)
    if encoding.name != UTF8:
        try:
            # Strictly: a sign that was replaced would be another value than the server's.
            return strict.loads(webencodings.decode(content, charset, errors="strict")[0].encode())
        except (UnicodeDecodeError, strict.Malformed):
            pass
    # Not every database stores NUL.
    return {"text": text.replace("\0", "\ufffd")}


def encoded(text: str, content_type: str) -> bytes:
    """Write ``text`` in the charset that is declared for it; UTF-8 if none is.

    ValueError for a charset that nobody knows, or that has no sign for a character of the text.
    """
    label = _charset_label(content_type)
    if label is None:
        return text.encode()
    encoding = _encoding(label)
    if encoding is None:
        raise ValueError("its Content-Type names a charset that is not known")
    try:
        return bytes(webencodings.encode(text, encoding))
    except UnicodeEncodeError:
        raise ValueError(f"it has a character that cannot be written in {encoding.name}") from None


def singleton(headers: Mapping[str, list[str]], name: str) -> str | None:
    """Return the value of a header that may come once: of several equal ones that one, of different ones none."""
    values = set(headers.get(name, ()))
    return values.pop() if len(values) == 1 else None
