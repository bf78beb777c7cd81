"""Settings every test shares. Fixtures live beside the tests that use them."""

from __future__ import annotations

import pytest
from hypothesis import settings

# A shared box is slow in bursts: a deadline for one example would fail for reasons the code cannot help.
settings.register_profile("suite", deadline=None, max_examples=50)
settings.register_profile("rig", deadline=None, max_examples=1000)


def pytest_configure(config: pytest.Config) -> None:
    """Search longer in the long form than in the suite."""
    settings.load_profile("rig" if config.option.markexpr == "rig" else "suite")
