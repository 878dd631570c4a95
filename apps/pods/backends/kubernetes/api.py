"""Calls to the Kubernetes API as plain JSON: models of the client library for hundreds of pods would cost seconds."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from apps.pods.backends.port import BackendAway

TIMEOUT_SECONDS = 10.0
# How long the server keeps a watch open, and how much longer we wait for its end.
WATCH_SECONDS = 240
WATCH_SLACK_SECONDS = 30.0


class ApiError(Exception):
    """An answer that is no success. ``retry_after`` is what the server asked for, in seconds."""

    def __init__(self, status: int, reason: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after


class KubernetesApi:
    """One connection. Raises :class:`ApiError` for answers, :class:`BackendAway` where there is none."""

    def __init__(self, kubeconfig: str) -> None:
        """``kubeconfig`` empty: the pod's own service account, else the usual file. Raises :class:`BackendAway`."""
        # Slow to import, and of no use to other processes.
        from kubernetes import client, config

        configuration = client.Configuration()
        # Whether and when to try again is the reconciler's decision.
        configuration.retries = False
        try:
            self.namespace = _load(config, configuration, kubeconfig)
        except config.ConfigException as error:
            raise BackendAway(f"no way to Kubernetes: {error}") from error
        self._client = client.ApiClient(configuration)

    def call(self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None) -> dict[str, Any]:
        response = self._send(method, path, query, body, TIMEOUT_SECONDS)
        try:
            answer: dict[str, Any] = json.loads(response.data or b"{}")
        except ValueError:
            answer = {"message": "the answer is no JSON"}
        finally:
            response.release_conn()
        if response.status >= 300:
            raise _error(response, answer)
        return answer

    def text(self, path: str, query: Mapping[str, str]) -> str:
        """What is no JSON, such as a log; bytes that are no UTF-8 become U+FFFD."""
        response = self._send("GET", path, query, None, TIMEOUT_SECONDS)
        try:
            answer = _read(response)
        finally:
            response.release_conn()
        if response.status >= 300:
            raise _error(response, _status(answer))
        return answer.decode(errors="replace")

    def watch(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Events until the server closes the watch, which it does after some minutes."""
        wanted = {**query, "watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(WATCH_SECONDS)}
        response = self._send("GET", path, wanted, None, WATCH_SECONDS + WATCH_SLACK_SECONDS)
        try:
            if response.status >= 300:
                raise _error(response, json.loads(response.data or b"{}"))
            yield from _lines(response)
        finally:
            # What has not been read of it can be of no use to the next call.
            response.close()

    def close(self) -> None:
        self._client.rest_client.close()

    def _send(self, method: str, path: str, query: Mapping[str, str] | None, body: Any, timeout: float) -> Any:
        import urllib3

        call = self._client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": "application/json", "Content-Type": "application/json"},
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            return self._client.call_api(*call, _request_timeout=timeout).response
        except urllib3.exceptions.HTTPError as error:
            raise BackendAway(f"the Kubernetes API is away: {error}") from error


def _load(config: Any, configuration: Any, kubeconfig: str) -> str:
    """Fill the configuration; the namespace that it implies."""
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


def _lines(response: Any) -> Iterator[dict[str, Any]]:
    import urllib3

    rest = b""
    try:
        for chunk in response.stream(65536, decode_content=False):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (json.loads(line) for line in lines if line)
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise BackendAway(f"the watch broke off: {error}") from error


def _read(response: Any) -> bytes:
    import urllib3

    try:
        answer: bytes = response.data
    except urllib3.exceptions.HTTPError as error:
        raise BackendAway(f"the answer broke off: {error}") from error
    return answer


def _status(answer: bytes) -> dict[str, Any]:
    """The Status that explains a failure; what stands between us and the API may say it otherwise."""
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"message": answer[:200].decode(errors="replace")}


def _error(response: Any, answer: Mapping[str, Any]) -> ApiError:
    told = response.headers.get("Retry-After", "")
    retry_after = float(told) if told.isdecimal() else None
    return ApiError(response.status, answer.get("reason") or "", answer.get("message") or "", retry_after)
