"""Ages as people write them."""

import pytest

from interlock.ages import age
from interlock.errors import ConfigError

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "seconds"), [("45s", 45), ("90m", 5400), ("12h", 43_200), ("30d", 2_592_000)]
)
def test_an_age_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    """Seconds, minutes, hours and days."""
    assert age(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "d", "0d", "-1d", "1.5h", "30 d", "30D", "9999999s", "٣d"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    """A bound of zero would erase everything, and a number without a unit is anybody's guess."""
    with pytest.raises(ConfigError, match="such as 30d"):
        age(text)
