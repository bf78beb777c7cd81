"""A real hub for a module of tests, and a gate in this process whose runs they look at and act on."""

from collections.abc import Iterator

import pytest

import interlock
from tests.support.hubs import HubProcess, running_hub


@pytest.fixture(scope="module")
def hub() -> Iterator[HubProcess]:
    """A hub of the module's own."""
    with running_hub() as found:
        yield found


@pytest.fixture(scope="module")
def gate(hub: HubProcess) -> Iterator[interlock.Gate]:
    """A gate in this process at the module's hub."""
    made = interlock.connect(hub.url, hub.agent_token)
    yield made
    made.close()
