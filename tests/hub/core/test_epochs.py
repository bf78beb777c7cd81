"""D10: after a restore nothing goes on by itself: the fleet is paused once, and the epoch never goes back."""

import pytest

from interlock.hub.core.core import Core
from interlock.hub.core.effects import Append, Fact, Moment
from interlock.hub.core.image import dump, load

pytestmark = pytest.mark.pure

NOW = Moment(1000.0, 1_795_000_000.0)
RUN = "r-00000000000000a1"


def _facts(*epochs: int) -> list[tuple[float, Fact]]:
    run = Fact("run", {"trace": "0" * 32, "parent": "", "agent": "refunds", "role": "support"}, run=RUN)
    gate = {"gate": "g-00000000000000a1", "pid": 1, "started": 1, "boot": "b", "host": "h"}
    begun = [run, Fact("gate", gate, run=RUN), *(Fact("epoch", {"epoch": epoch}) for epoch in epochs)]
    return [(NOW.wall, fact) for fact in begun]


def _started(facts: list[tuple[float, Fact]], order: str = "o-00000000000000e1") -> tuple[Core, list[Fact]]:
    """Return a core that took the record up, and what it recorded of itself."""
    core = Core(boot="b")
    effects = core.recover(facts, NOW) + core.take_up(order, [], NOW)
    effects += core.tick(NOW)
    return core, [fact for effect in effects if isinstance(effect, Append) for fact in effect.facts]


def test_a_record_that_was_never_restored_goes_on() -> None:
    """Its epoch is 1, and nobody is paused."""
    core, facts = _started(_facts())
    assert core.world.epoch == 1
    assert not core.world.standing
    assert not [fact for fact in facts if fact.kind == "order"]


def test_a_restore_pauses_the_fleet_once() -> None:
    """The first start in an epoch gives a standing pause; a second one, by the same record, gives none."""
    record = _facts(77)
    core, facts = _started(record)
    assert core.world.epoch == 77
    (given,) = core.world.standing.values()
    assert (given.verb, given.by, given.scope is not None) == ("pause", "hub", True)
    assert core.world.runs[RUN].pause is not None
    again, more = _started(record + [(NOW.wall, fact) for fact in facts], "o-00000000000000e2")
    assert list(again.world.standing) == ["o-00000000000000e1"]
    assert not [fact for fact in more if fact.kind == "order"]


def test_a_restore_revokes_every_token_of_the_backup() -> None:
    """A token that was revoked since opens nothing, nor does another; those made in this epoch outlive a restart."""
    who = {"by": "ann", "at": NOW.wall, "expires": None}
    tokens = [
        Fact("operator", {"name": "bob", "role": "responder", **who}),
        Fact("token", {"token": "t-1", "operator": "bob", "digest": "a" * 64, **who}),
        Fact(
            "agent_token",
            {"token": "t-2", "operator": "bob", "digest": "b" * 64, "agent": "*", "role": "x", **who},
        ),
    ]
    record = [(NOW.wall, fact) for fact in tokens] + _facts()
    people = _started(record)[0].world.people
    assert all(people.good(token, NOW.wall) for token in people.tokens.values())
    record.append((NOW.wall, Fact("epoch", {"epoch": 77})))
    core, facts = _started(record)
    people = core.world.people
    assert [people.good(token, NOW.wall) for token in people.tokens.values()] == [False, False]
    (given,) = core.world.standing.values()
    assert "every token of then is revoked" in given.reason
    assert [fact.kind for fact in facts if fact.kind in ("revoked", "order")] == ["revoked", "order"]
    record += [(NOW.wall, fact) for fact in facts]
    record.append((NOW.wall, Fact("token", {"token": "t-3", "operator": "bob", "digest": "c" * 64, **who})))
    people = _started(record, "o-00000000000000e2")[0].world.people
    assert [people.good(token, NOW.wall) for token in people.tokens.values()] == [False, False, True]


def test_a_lifted_pause_does_not_come_back_in_its_epoch() -> None:
    """Once a person let the fleet go, a restart leaves it so; the next restore pauses it anew."""
    record = _facts(77)
    _, facts = _started(record)
    lift = {
        "by": "ann",
        "reason": "looked",
        "at": NOW.wall,
        "resume": "o-00000000000000f1",
        "key": "",
        "ask": "",
    }
    record += [(NOW.wall, fact) for fact in [*facts, Fact("lift", lift, order="o-00000000000000e1")]]
    assert not _started(record, "o-00000000000000e2")[0].world.standing
    record.append((NOW.wall, Fact("epoch", {"epoch": 78})))
    assert list(_started(record, "o-00000000000000e3")[0].world.standing) == ["o-00000000000000e3"]


def test_an_epoch_never_goes_back_and_outlives_an_image() -> None:
    """A lower number in a later entry changes nothing, and a start from an image knows the same epoch."""
    core, _ = _started(_facts(77, 5))
    assert core.world.epoch == 77
    assert load(dump(core.world), NOW).epoch == 77
