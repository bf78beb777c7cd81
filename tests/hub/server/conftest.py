"""One hub for the tests of a file; those that end it start their own."""

from collections.abc import Iterator

import pytest

from tests.support.hubs import HubProcess, running_hub


@pytest.fixture(scope="module")
def hub() -> Iterator[HubProcess]:
    """Yield a running hub."""
    with running_hub() as running:
        yield running
