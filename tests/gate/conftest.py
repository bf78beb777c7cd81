"""A small hub that obeys the protocol, and gates connected to it."""

from collections.abc import Callable, Iterator

import pytest

import interlock
from interlock import Gate, Run
from tests.support.hublet import Hublet


@pytest.fixture
def hub() -> Iterator[Hublet]:
    """A hub of this test's own."""
    with Hublet() as hublet:
        yield hublet


@pytest.fixture
def gate(hub: Hublet) -> Iterator[Gate]:
    """A gate connected to it."""
    with interlock.connect(hub.url, hub.token) as gate:
        yield gate


@pytest.fixture
def opened(gate: Gate) -> Callable[[], Run]:
    """Makes runs, not yet entered."""
    return lambda: gate.run(agent="refunds", role="support-agent", goal="refund order A-1009")
