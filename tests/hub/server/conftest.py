"""One hub for the tests of a file; those that end it start their own."""

from collections.abc import Iterator

import pytest

from tests.support.hubs import HubProcess, running_hub


@pytest.fixture(autouse=True)
def _goes_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """A hub of a file runs for its next test, also where one froze or ended it and did not come to take that back."""
    yield
    found = request.getfixturevalue("hub") if "hub" in request.fixturenames else None
    if isinstance(found, HubProcess):
        if found.running:
            found.thaw()
        else:
            found.start()


@pytest.fixture(scope="module")
def hub() -> Iterator[HubProcess]:
    """Yield a running hub."""
    with running_hub() as running:
        yield running
