"""Readiness of the web server and all parts."""

import errno
import http.client
import socket
import time
from collections.abc import Callable

PAUSE_SECONDS = 0.1
TIMEOUT_SECONDS = 3.0
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


def url_of(host: str, port: int) -> str:
    reached = ANY_ADDRESS.get(host, host)
    return f"http://[{reached}]:{port}/" if ":" in reached else f"http://{reached}:{port}/"


def port_is_free(host: str, port: int) -> bool:
    """Return whether a server could listen there now. Raises ``OSError`` if ``host`` is no address of this machine."""
    family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        # As the web server does: connections of an earlier one that are not quite over are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def wait_until_ready(host: str, port: int, site: str, go_on: Callable[[], bool]) -> bool:
    """Poll ``/readyz`` as a client of the host name ``site``. Returns False if told to stop polling."""
    while go_on():
        if _answers(ANY_ADDRESS.get(host, host), port, site):
            return True
        time.sleep(PAUSE_SECONDS)
    return False


def _answers(host: str, port: int, site: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Host": site})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
