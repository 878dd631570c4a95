"""Calls to the Kubernetes API as plain JSON: models of the client library for hundreds of pods would cost seconds."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from apps.pods.backends.port import BackendUnavailable

TIMEOUT_SECONDS = 10.0
# How long the server keeps a watch open.
WATCH_SECONDS = 240
# It sends a bookmark each minute: a watch that is silent for so long leads nowhere any more.
WATCH_READ_TIMEOUT_SECONDS = 90.0
# A page of 500 pods is some 5 MiB.
MAX_RESPONSE_BYTES = 64 << 20
CHUNK_BYTES = 65536
# A server that asks for a longer pause is asked again after this one.
MAX_RETRY_AFTER_SECONDS = 300.0
# Clocks that differ less are taken for one: the server sends its time in whole seconds, as it was before the answer.
MIN_CLOCK_SKEW = timedelta(seconds=5)


class ApiError(Exception):
    """Response that is no success. ``retry_after`` is what the server asked for, in seconds."""

    def __init__(self, status: int, reason: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after


class Watch:
    """Events until the server ends the watch, which it does after some minutes, or is silent for too long."""

    def __init__(self, response: Any) -> None:
        self._response = response

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield events. Raises :class:`BackendUnavailable` if the connection breaks, or what comes is no event."""
        import urllib3

        try:
            for line in self._lines():
                yield _object(line)
        except urllib3.exceptions.ReadTimeoutError:
            return
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise BackendUnavailable(f"the watch broke off: {error}") from error
        finally:
            # What has not been read of it can be of no use to the next call.
            self._response.close()

    def close(self) -> None:
        """End the watch at once, from any thread."""
        with suppress(RuntimeError, ValueError, OSError):
            self._response.shutdown()

    def _lines(self) -> Iterator[bytes]:
        rest = b""
        # As much as is there: a proxy may pass it on in one piece that never ends.
        while chunk := self._response.read1(CHUNK_BYTES, decode_content=False):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from filter(None, lines)
            if len(rest) > MAX_RESPONSE_BYTES:
                raise BackendUnavailable("the watch tells of something that is too large")


class KubernetesApi:
    """One connection. Raises :class:`ApiError` for error responses, :class:`BackendUnavailable` where there is none."""

    def __init__(self, kubeconfig: str) -> None:
        """Connect. ``kubeconfig`` empty: the pod's own service account, else the usual file.

        Raises :class:`BackendUnavailable`.
        """
        # Slow to import, and of no use to other processes.
        from kubernetes import client, config

        configuration = client.Configuration()
        # Whether and when to try again is the reconciler's decision.
        configuration.retries = False
        try:
            self.namespace = _load(config, configuration, kubeconfig)
        except config.ConfigException as error:
            raise BackendUnavailable(f"no way to Kubernetes: {error}") from error
        except Exception as error:
            # The library raises whatever it stumbles over in a broken file, and may quote its secrets.
            raise BackendUnavailable(f"the kubeconfig cannot be read: {type(error).__name__}") from error
        self._client = client.ApiClient(configuration)
        # How far the server's clock is ahead of ours, if that is noticeable.
        self.ahead = timedelta()

    def call(self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None) -> dict[str, Any]:
        response = self._send(method, path, query, body, TIMEOUT_SECONDS)
        data = _read(response)
        if response.status >= 300:
            raise _error(response, data)
        try:
            return _object(data or b"{}")
        except ValueError as error:
            raise BackendUnavailable(f"the Kubernetes API answers {method} with something else: {error}") from error

    def text(self, path: str, query: Mapping[str, str]) -> str:
        """Return a body that is no JSON, such as a log; bytes that are no UTF-8 become U+FFFD."""
        response = self._send("GET", path, query, None, TIMEOUT_SECONDS)
        data = _read(response)
        if response.status >= 300:
            raise _error(response, data)
        return data.decode(errors="replace")

    def watch(self, path: str, query: Mapping[str, str]) -> Watch:
        wanted = {**query, "watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(WATCH_SECONDS)}
        response = self._send("GET", path, wanted, None, WATCH_READ_TIMEOUT_SECONDS)
        if response.status >= 300:
            raise _error(response, _read(response))
        return Watch(response)

    def close(self) -> None:
        self._client.rest_client.close()

    def _send(self, method: str, path: str, query: Mapping[str, str] | None, body: Any, timeout: float) -> Any:
        """Send a request. ``timeout``: how many seconds each part of the response may take."""
        import urllib3
        from kubernetes.client.exceptions import OpenApiException
        from kubernetes.config import ConfigException

        try:
            call = self._client.param_serialize(
                method,
                path,
                query_params=list((query or {}).items()),
                header_params={"Accept": "application/json", "Content-Type": "application/json"},
                body=body,
                auth_settings=["BearerToken"],
            )
            response = self._client.call_api(*call, _request_timeout=(TIMEOUT_SECONDS, timeout)).response
        # Trouble with TLS is the client's own exception; a token is read anew now and then.
        except (urllib3.exceptions.HTTPError, OpenApiException, ConfigException) as error:
            raise BackendUnavailable(f"the Kubernetes API is away: {error}") from error
        ahead = _date(response) - datetime.now(UTC)
        self.ahead = ahead if abs(ahead) > MIN_CLOCK_SKEW else timedelta()
        return response


def _load(config: Any, configuration: Any, kubeconfig: str) -> str:
    """Fill the configuration and return the namespace that it implies."""
    if not kubeconfig:
        try:
            config.load_incluster_config(client_configuration=configuration)
        except config.ConfigException:
            pass
        else:
            return "default"
    config.load_kube_config(config_file=kubeconfig or None, client_configuration=configuration)
    _, active = config.list_kube_config_contexts(kubeconfig or None)
    return active["context"].get("namespace") or "default"


def _read(response: Any) -> bytes:
    """Return the whole body. Raises :class:`BackendUnavailable` if it breaks off or does not end."""
    import urllib3

    try:
        data: bytes = response.read(MAX_RESPONSE_BYTES + 1)
    except urllib3.exceptions.HTTPError as error:
        response.close()
        raise BackendUnavailable(f"the answer broke off: {error}") from error
    if len(data) > MAX_RESPONSE_BYTES:
        response.close()
        raise BackendUnavailable("the Kubernetes API returned more than can be read")
    response.release_conn()
    return data


def _object(data: bytes) -> dict[str, Any]:
    """Parse a JSON object. Raises ValueError for anything else."""
    # An image's or a webhook's own words may hold NUL, which no database column takes.
    found = json.loads(data.replace(rb"\u0000", rb"\ufffd"))
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004  (as any other text that is none)
    return found


def _error(response: Any, data: bytes) -> ApiError:
    """Return the error of a response, which a proxy between us and the API may have written otherwise."""
    try:
        body = _object(data)
    except ValueError:
        body = {"message": data[:200].decode(errors="replace")}
    return ApiError(response.status, body.get("reason") or "", body.get("message") or "", _retry_after(response))


def _retry_after(response: Any) -> float | None:
    """Return seconds. The server may name a date of its own clock instead."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(float(text), MAX_RETRY_AFTER_SECONDS)
    then = _parsed(text)
    if then is None:
        return None
    return min(max((then - _date(response)).total_seconds(), 0.0), MAX_RETRY_AFTER_SECONDS)


def _date(response: Any) -> datetime:
    """Return the time by the server's clock; by ours, if it names none."""
    return _parsed(response.headers.get("Date", "")) or datetime.now(UTC)


def _parsed(date: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(date)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
