#!/usr/bin/env python3
"""A real Apache Kafka broker on loopback (KRaft, one node), from Maven Central's jars: for tests and for trying things.

    python -m tools.kafka_up up [--home DIR] [--port PORT] [--fresh] [--sasl] [--tls]
    python -m tools.kafka_up status | stop | kill | restart [--home DIR]
    python -m tools.kafka_up fetch

``up`` and ``restart`` print where it listens, as JSON. ``kill`` is kill -9. Data, ports and certificates stay in the
directory until ``up --fresh``. Needs Java 17, ``mvn`` for the first download and ``openssl`` for ``--tls``.
"""

import argparse
import base64
import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import uuid
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

VERSION = os.environ.get("KAFKA_VERSION", "4.3.1")
SCALA = "2.13"
HOST = "127.0.0.1"
# Of a broker on loopback that lives as long as a test.
USER, PASSWORD = "app", "app-secret"
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
START_SECONDS, STOP_SECONDS, FETCH_SECONDS = 300.0, 30.0, 540.0
HEAP = "384m"
LOG_TAIL = 25
POM = f"""<project>
<modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
 <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_{SCALA}</artifactId><version>{VERSION}</version></dependency>
 <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies>
</project>
"""
Wrap = Callable[[list[str]], list[str]]


class KafkaUpError(Exception):
    """The broker cannot be had; the message says why."""


class Broker:
    """One broker with its directory. ``wrap`` may change the command line that it is started by."""

    def __init__(self, home: Path, wrap: Wrap = list) -> None:
        self.home = home.resolve()
        self._wrap = wrap
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> dict[str, Any]:
        """What is known of it: ``listeners`` by protocol, ``pid``, and how to log in; empty if it never ran."""
        with contextlib.suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads((self.home / "state.json").read_text())
            return found
        return {}

    @property
    def runs(self) -> bool:
        state = self.state
        return bool(state) and _start_time(state["pid"]) == state["started"]

    def up(self, *, port: int = 0, sasl: bool = False, tls: bool = False, fresh: bool = False) -> None:
        """Start it, unless it runs; with ``port`` 0 on any free ports. Raises :class:`KafkaUpError`."""
        if self.runs and not fresh:
            return
        self.stop()
        _require_java()
        jars()
        self.home.mkdir(parents=True, exist_ok=True)
        if fresh:
            for old in ("data", "tls"):
                shutil.rmtree(self.home / old, ignore_errors=True)
        protocols = ["PLAINTEXT", *["SASL_PLAINTEXT"] * sasl, *["SSL"] * tls, *["SASL_SSL"] * (sasl and tls)]
        count = len(protocols) + 1
        ports = list(range(port, port + count)) if port else [self._held_port() for _ in range(count)]
        listeners = {name: f"{HOST}:{at}" for name, at in zip(protocols, ports, strict=False)}
        self._configure(listeners, controller=f"{HOST}:{ports[-1]}", tls=tls)
        if not (self.home / "data" / "meta.properties").exists():
            self._format()
        self._launch(listeners)

    def restart(self) -> None:
        """Start it again on the same data and ports."""
        if not self.state:
            raise KafkaUpError(f"never started in {self.home}")
        listeners = self.state["listeners"]
        self.stop()
        self._launch(listeners)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a crash does."""
        self._end(signal.SIGKILL)

    def _held_port(self) -> int:
        """A port that the system gives to nobody else as long as this object lives, also while the broker is down.

        A socket that may be shared and does not listen keeps it, and hinders no server that names it.
        """
        place = socket.socket()
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((HOST, 0))
        weakref.finalize(self, place.close)
        return int(place.getsockname()[1])

    def _configure(self, listeners: dict[str, str], *, controller: str, tls: bool) -> None:
        properties = {**_properties(self.home, listeners, controller), **_sasl_properties(listeners)}
        if tls:
            properties |= {
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(_certificates(self.home / "tls") / "server.pem"),
                "ssl.client.auth": "none",
            }
        text = "".join(f"{name}={value}\n" for name, value in properties.items())
        (self.home / "server.properties").write_text(text)

    def _format(self) -> None:
        # The first character must not look like that of an option.
        cluster = "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes)[:21].decode()
        command = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self.home / "server.properties")]
        for mechanism in MECHANISMS[1:]:
            command += ["--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]"]
        done = subprocess.run(_java(*command), capture_output=True, text=True, check=False)
        if done.returncode:
            raise KafkaUpError(f"the storage cannot be formatted:\n{done.stdout}{done.stderr}")

    def _launch(self, listeners: dict[str, str]) -> None:
        command = self._wrap(_java("kafka.Kafka", str(self.home / "server.properties"), heap=HEAP))
        with (self.home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.home, start_new_session=True
            )
        state = {
            "version": VERSION,
            "listeners": listeners,
            "pid": self._process.pid,
            "started": _start_time(self._process.pid),
            "cafile": str(self.home / "tls" / "ca.pem"),
            "user": USER,
            "password": PASSWORD,
        }
        (self.home / "state.json").write_text(json.dumps(state, indent=1))
        self._wait_until_up(listeners["PLAINTEXT"])

    def _wait_until_up(self, address: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(address):
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.kill()
                lines = (self.home / "server.log").read_text(errors="replace").splitlines()
                raise KafkaUpError("the broker did not come up; the end of its log:\n" + "\n".join(lines[-LOG_TAIL:]))
            time.sleep(0.1)

    def _end(self, number: int) -> None:
        if not self.runs:
            return
        state, deadline = self.state, time.monotonic() + STOP_SECONDS
        pid = state["pid"]
        os.kill(pid, number)
        while _start_time(pid) == state["started"]:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        if self._process is not None:
            # Our own child stays in the process table until somebody asks for its status.
            self._process.wait()
            self._process = None


def jars() -> Path:
    """The directory of the jars, which are fetched once: whole or not at all."""
    cache = Path(os.environ.get("KAFKA_CACHE", Path.home() / ".cache" / "kafka-jars")) / VERSION
    done = cache / "libs"
    if done.is_dir():
        return done
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.is_dir():
            _fetch(cache, done)
    return done


def _fetch(cache: Path, done: Path) -> None:
    if not shutil.which("mvn"):
        raise KafkaUpError(f"mvn is not on PATH, and {done} does not exist")
    part = cache / "libs.part"
    shutil.rmtree(part, ignore_errors=True)
    (cache / "pom.xml").write_text(POM)
    command = ["mvn", "-q", "-B", "-f", str(cache / "pom.xml"), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={part}"]
    try:
        status = subprocess.run(command, stdout=sys.stderr, timeout=FETCH_SECONDS, check=False).returncode
    except subprocess.TimeoutExpired as error:
        raise KafkaUpError("mvn took too long") from error
    if status or not list(part.glob("kafka_*.jar")):
        raise KafkaUpError("mvn could not fetch the jars; its words stand above")
    part.rename(done)


def _java(*arguments: str, heap: str = "128m") -> list[str]:
    classpath = ":".join(str(jar) for jar in sorted(jars().glob("*.jar")))
    options = [f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true"]
    return ["java", *options, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classpath, *arguments]


def _require_java() -> None:
    said = ""
    if shutil.which("java"):
        said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version[1]) < 17:
        raise KafkaUpError(f"Java 17 or newer is needed; there is {said.strip() or 'none'}")


def _properties(home: Path, listeners: dict[str, str], controller: str) -> dict[str, Any]:
    addresses = ",".join(f"{name}://{address}" for name, address in listeners.items())
    # One node: every topic of its own has one replica.
    internal = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"{addresses},CONTROLLER://{controller}",
        "advertised.listeners": addresses,
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": ",".join(f"{name}:{name}" for name in listeners) + ",CONTROLLER:PLAINTEXT",
        "log.dirs": home / "data",
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        **{f"{topic}.replication.factor": 1 for topic in internal},
        **{f"{topic}.num.partitions": 4 for topic in internal},
        **{f"{topic}.min.isr": 1 for topic in internal[1:]},
        # Quick tests: no wait before a group's first division, short sessions.
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        # After a kill -9 the old registration lapses sooner.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        # Less memory and disk.
        "log.cleaner.dedupe.buffer.size": 2097152,
        "log.index.size.max.bytes": 1048576,
        "num.network.threads": 2,
        "num.io.threads": 4,
    }


def _sasl_properties(listeners: dict[str, str]) -> dict[str, str]:
    names = [name for name in listeners if name.startswith("SASL")]
    found = {"sasl.enabled.mechanisms": ",".join(MECHANISMS)} if names else {}
    plain = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    for name in names:
        for mechanism in MECHANISMS:
            key = f"listener.name.{name.lower()}.{mechanism.lower()}.sasl.jaas.config"
            found[key] = plain if mechanism == "PLAIN" else scram
    return found


def _certificates(directory: Path) -> Path:
    """A throw-away authority and a server's certificate by it, in PEM; made once."""
    if (directory / "ca.pem").exists():
        return directory
    directory.mkdir(parents=True, exist_ok=True)

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    new = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *new, "-days", "3650", "-subj", "/CN=kafka-test-ca", "-keyout", "ca.key", "-out", "ca.crt")
    openssl("req", *new, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    (directory / "extension").write_text(f"subjectAltName=DNS:localhost,IP:{HOST}\n")
    signing = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650", "-extfile", "extension")
    openssl("x509", "-req", "-in", "server.csr", *signing, "-out", "server.crt")
    chain = "".join((directory / name).read_text() for name in ("server.key", "server.crt", "ca.crt"))
    (directory / "server.pem").write_text(chain)
    shutil.copy(directory / "ca.crt", directory / "ca.pem")
    return directory


def _start_time(pid: int) -> str | None:
    """Tells a process from a later one with the same id; None if it does not run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _answers(address: str) -> bool:
    """Whether a broker answers Kafka's question for its versions."""
    host, _, port = address.partition(":")
    question = struct.pack(">hhih", 18, 0, 7, 2) + b"up"
    try:
        with socket.create_connection((host, int(port)), 1) as connection:
            connection.settimeout(2)
            connection.sendall(struct.pack(">i", len(question)) + question)
            head = connection.recv(10, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(head) == 10 and struct.unpack(">iih", head)[1:] == (7, 0)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One command at a time works on the directory."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("fetch", "up", "status", "stop", "kill", "restart"))
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "kafka-up")
    parser.add_argument("--port", type=int, default=0, help="the first of some ports in a row (any free ones)")
    for flag in ("fresh", "sasl", "tls"):
        parser.add_argument(f"--{flag}", action="store_true")
    options = parser.parse_args(arguments)
    try:
        _act(options)
    except KafkaUpError as error:
        sys.exit(f"kafka_up: {error}")


def _act(options: argparse.Namespace) -> None:
    if options.what == "fetch":
        jars()
        return
    with _alone(options.home):
        broker = Broker(options.home)
        if options.what == "up":
            broker.up(port=options.port, sasl=options.sasl, tls=options.tls, fresh=options.fresh)
        elif options.what != "status":
            getattr(broker, options.what)()
        if options.what in ("up", "restart", "status"):
            if not broker.runs:
                raise KafkaUpError("not running")
            print(json.dumps(broker.state))


if __name__ == "__main__":
    main()
