"""An HTTP server for tests that waits for its callers as long as they like, and that nobody waits for at its end."""

import socket
from contextlib import suppress
from http.server import ThreadingHTTPServer
from typing import Any


class PatientServer(ThreadingHTTPServer):
    """Callers that are paused send late, and those that are stopped keep their connections: closing it ends these."""

    daemon_threads = False

    def __init__(self, *arguments: Any) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        for connection in self._connections.copy():
            with suppress(OSError):
                # As the system has it, beneath whatever encrypts it: its thread still reads.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        super().server_close()
