"""kafka-python's clients: their construction and their errors."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket

from apps.events.bus.port import BusUnavailable

Client = TypeVar("Client")

BOOTSTRAP_TIMEOUT_MS = 3_000
MAX_RECONNECT_BACKOFF_MS = 1_000
CLOSE_SECONDS = 1.0
DIRECT = "direct"


class _DirectSocket(KafkaNetSocket):  # type: ignore[misc]
    """A connection as the client makes it by itself, except that a socket that fails to connect is closed.

    Left to the garbage collector, the sockets of a broker that is away for long would take all file descriptors.
    """

    SCHEMES = (DIRECT,)
    # By the client's event loop, what it has connected.
    connected: WeakKeyDictionary[Any, WeakSet[socket.socket]] = WeakKeyDictionary()

    async def sock_connect(self, net: Any, sock: Any, *arguments: Any, **options: Any) -> Any:
        try:
            await super().sock_connect(net, sock, *arguments, **options)
        except BaseException:
            sock.close()
            raise
        self.connected.setdefault(net, WeakSet()).add(sock)
        return sock


class _NetClient(KafkaNetClient):  # type: ignore[misc]
    """The client's network, except that its sockets are closed with it, also those with something to send yet."""

    def close(self, node_id: Any = None) -> None:
        super().close(node_id)
        if node_id is None:
            for sock in _DirectSocket.connected.pop(self._net, ()):
                sock.close()


@contextmanager
def as_bus_unavailable() -> Iterator[None]:
    """Raise the client's errors as :class:`BusUnavailable`."""
    try:
        yield
    except KafkaError as error:
        raise BusUnavailable(str(error)) from error


def connected_client(kind: Callable[..., Client], **settings: Any) -> Client:
    """Return a client that has reached a broker. Raises KafkaError.

    One that reaches none would leave its thread and its sockets behind: they are ended here.
    """
    networks: list[Any] = []

    def network(**given: Any) -> Any:
        made = _NetClient(**given)
        # Topics are for setup_topics to make. The client has a setting for it, which does not arrive here.
        made.cluster.config["allow_auto_create_topics"] = False
        networks.append(made)
        return made

    try:
        return kind(
            **settings,
            kafka_client=network,
            proxy_url=f"{DIRECT}://",
            bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS,
            reconnect_backoff_max_ms=MAX_RECONNECT_BACKOFF_MS,
        )
    except KafkaError:
        for one in networks:
            one.close()
        raise


def close_client(producer: KafkaProducer) -> None:
    """Close the client, whether or not what it still holds could be sent.

    By itself it gives its closing up at a batch that nobody answers: its thread would stay, and might send that later.
    """
    try:
        producer.close(timeout=CLOSE_SECONDS)
    except KafkaError:
        producer._sender.force_close()
        producer._sender.join(CLOSE_SECONDS)
        with suppress(KafkaError):
            producer.close(timeout=CLOSE_SECONDS)
