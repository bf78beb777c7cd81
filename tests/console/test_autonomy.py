"""How far the policy in force lets a role go, as a console asks for it."""

from typing import Any, cast

import pytest

from interlock_console.autonomy import autonomy

pytestmark = pytest.mark.pure

WRITTEN = '{"roles": {"refunds": {"autonomy": "ask"}, "free": {}, "odd": {"autonomy": "sudo"}}}'


class _Hub:
    def __init__(self, active: int | None, text: str | None) -> None:
        self._active, self._text = active, text

    def get(self, path: str) -> dict[str, Any]:
        """Return the active version, or its text."""
        if path == "/v1/policy":
            return {"active": None if self._active is None else {"n": self._active}}
        assert path == f"/v1/policy/versions/{self._active}"
        return {"json": self._text}


def _asked(scope: dict[str, Any], active: int | None = 3, text: str | None = WRITTEN) -> str:
    return autonomy(cast("Any", _Hub(active, text)), scope)


def test_a_role_has_the_level_that_the_policy_names() -> None:
    """Nothing where it names none, or one that is no level, and nothing of what is no role."""
    assert _asked({"role": "refunds"}) == "ask"
    assert [_asked({"role": name}) for name in ("free", "odd", "other")] == ["", "", ""]
    assert _asked({"agent": "refunds"}) == _asked({"fleet": True}) == ""


@pytest.mark.parametrize("text", [None, ""])
def test_a_version_whose_text_is_not_kept_says_nothing(text: str | None) -> None:
    """It was replaced between the two questions: a dial that was turned meanwhile is told all the same."""
    assert _asked({"role": "refunds"}, text=text) == ""
    assert _asked({"role": "refunds"}, active=None) == ""
