"""A PostgreSQL that does not answer is an outage, and holds nobody for ever."""

import socket

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from apps.core.processes.outages import is_outage
from baseshift.settings import base


@pytest.mark.django_db
def test_a_server_that_takes_a_connection_and_says_nothing_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("DATABASE_URL", f"postgres://shift@127.0.0.1:{silent.getsockname()[1]}/shift")
        connections = ConnectionHandler({"default": base.database()})
        with pytest.raises(OperationalError) as caught:
            connections["default"].ensure_connection()
    assert is_outage(caught.value)


def test_a_connection_ends_where_nobody_acknowledges_what_it_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://shift@db.example/shift")
    options = base.database()["OPTIONS"]
    assert options["tcp_user_timeout"] == 10_000
    assert options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"] <= 15


def test_the_options_of_the_url_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://shift@db.example/shift?connect_timeout=7&sslmode=verify-full")
    options = base.database()["OPTIONS"]
    assert (options["connect_timeout"], options["sslmode"]) == (7, "verify-full")
    assert options["tcp_user_timeout"] == 10_000
