from collections.abc import Iterator

import pytest

from apps.workflows.executor.http.client import close_connections
from tests.support.gateway import Gateway, gateway


@pytest.fixture
def server() -> Iterator[Gateway]:
    with gateway() as served:
        yield served
    close_connections()
