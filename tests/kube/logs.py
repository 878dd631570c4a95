"""The kubelet's endpoint that the API server asks for a container's log."""

import ssl
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

# The text of a container's log, by namespace, pod and container; None if there is no such container.
Find = Callable[[str, str, str], str | None]


class LogServer:
    """HTTPS on loopback, with a certificate of its own making in ``directory``."""

    def __init__(self, find: Find, directory: Path) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.find = find
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*_certificate(directory))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    find: Find


class _Handler(BaseHTTPRequestHandler):
    """``GET /containerLogs/NAMESPACE/POD/CONTAINER?tailLines=N``"""

    server: _Server
    timeout = 5

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        match parts.path.split("/")[1:]:
            case ["containerLogs", namespace, pod, container]:
                found = self.server.find(namespace, pod, container)
            case _:
                found = None
        lines = (found or "").splitlines(keepends=True)
        tail = parse_qs(parts.query).get("tailLines", [str(len(lines))])[0]
        body = "".join(lines[max(len(lines) - int(tail), 0) :]).encode()
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody needs to read of each request."""


def _certificate(directory: Path) -> tuple[str, str]:
    certificate, key = str(directory / "kubelet.crt"), str(directory / "kubelet.key")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=kubelet", "-days", "2", "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key
