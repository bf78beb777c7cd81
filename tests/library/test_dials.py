"""Which dial is in force: the lowest of those that cover a call, found without looking at the others."""

from collections.abc import Iterator, Mapping

import pytest

from interlock.dials import Dial, DialScope, Level, in_force, of_scope
from interlock.text import Untrusted

pytestmark = pytest.mark.pure

Key = tuple[str, str]


def dial(level: Level, **scope: object) -> Dial:
    """Return a dial."""
    named = {kind: Untrusted(name) if isinstance(name, str) else name for kind, name in scope.items()}
    return Dial(scope=DialScope.model_validate(named), level=level, order="o-" + "1" * 16)


DIALS = (
    dial("ask", agent="refunds"),
    dial("read-only", agent="mails"),
    dial("shadow", role="support"),
    dial("stopped", tool="send"),
)


class Looked(Mapping[Key, Dial]):
    """Dials by scope, that say how often somebody looked."""

    def __init__(self, *dials: Dial) -> None:
        self._dials = {each.scope.key: each for each in dials}
        self.looks = 0

    def __getitem__(self, key: Key) -> Dial:
        self.looks += 1
        return self._dials[key]

    def __iter__(self) -> Iterator[Key]:
        self.looks += len(self._dials)
        return iter(self._dials)

    def __len__(self) -> int:
        return len(self._dials)


@pytest.mark.parametrize(
    ("agent", "role", "tool", "level"),
    [
        ("refunds", "desk", "pay", "ask"),
        ("refunds", "support", "pay", "shadow"),
        ("mails", "support", "pay", "read-only"),
        ("mails", "support", "send", "stopped"),
        ("support", "send", "refunds", None),
        ("interlock-canary", "support", "send", None),
        ("refunds", "interlock-canary", "send", None),
    ],
)
def test_the_lowest_dial_that_covers_a_call_is_in_force(
    agent: str, role: str, tool: str, level: Level | None
) -> None:
    """By agent, role and tool, whichever is lowest; of the hub's own nothing is held; both ways of looking agree."""
    listed = in_force(DIALS, agent, role, tool)
    assert (listed.level if listed else None) == level
    assert of_scope(Looked(*DIALS), agent, role, tool) == listed


def test_the_fleet_is_everybody() -> None:
    """A dial of the fleet holds what no other one covers, and not what another one holds lower."""
    dials = Looked(*DIALS, dial("read-only", fleet=True))
    assert [getattr(of_scope(dials, "x", "y", tool), "level", None) for tool in ("z", "send")] == [
        "read-only",
        "stopped",
    ]


def test_however_many_dials_there_are_few_are_looked_at() -> None:
    """The hub looks for each agent at each turn of a dial: a thousand of them once held every order up for a second."""
    dials = Looked(*(dial("ask", role=f"role-{n}") for n in range(1000)), dial("shadow", role="support"))
    found = of_scope(dials, "refunds", "support", "pay")
    assert found is not None
    assert found.level == "shadow"
    assert dials.looks <= 8
