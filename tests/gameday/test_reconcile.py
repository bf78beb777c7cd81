"""The record beside the ledger's own file: whatever dies, each effect has an intent and an outcome, and none twice."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from interlock.gameday.proof import read_effects, reconcile
from tests.gameday.sandbox import Actor, Sandbox, sandbox, until
from tests.rig.say import say
from tests.support.cases import each
from tests.support.proxy import Proxy

Json = dict[str, Any]

AWAY_SECONDS = 0.7
"""How long a link is away: a refund of 0.3 s comes to its end meanwhile, with nobody to tell."""
DIES = "after append@8"
"""With one agent: its third outcome is on disk, and nobody was told so."""


def entry(kind: str, permit: str = "p-1", run: str = "r-1", **body: object) -> Json:
    """Return one entry of a record."""
    return {"kind": kind, "permit": permit, "run": run, "at": 100.0, "body": body}


def effect(n: int = 1, permit: str = "p-1", kind: str = "refund", **more: object) -> Json:
    """Return one effect of a ledger."""
    return {"n": n, "kind": kind, "order": "A-1", "run": "r-1", "permit": permit, "wall": 100.5, **more}


GIVEN = entry("permit", tool="refund")
DONE = entry("outcome", outcome="done")
FOUND_NOT = (entry("outcome", outcome="unknown"), entry("reconciled", outcome="failed"))
TWICE = (entry("permit", "p-3", tool="cancel_refund"), entry("outcome", "p-3", outcome="done"))
CANCELS = [
    entry("permit", "p-2", tool="cancel_refund"),
    entry("outcome", "p-2", outcome="done"),
    entry("step", state="done", key="c-p-1"),
]
CANCELLED = effect(2, "p-2", "cancel", refund=1, known_as="c-p-1")


@pytest.mark.pure
@pytest.mark.parametrize(
    ("entries", "effects"),
    [
        ([], []),
        ([GIVEN, DONE], [effect()]),
        ([GIVEN, entry("outcome.unknown", outcome="unknown")], [effect()]),
        ([GIVEN, entry("outcome", outcome="unknown"), entry("reconciled", outcome="done"), DONE], [effect()]),
        ([GIVEN, entry("outcome", outcome="unknown"), entry("reconciled", outcome="done")], [effect()]),
        ([GIVEN, *FOUND_NOT, DONE], [effect()]),
        ([GIVEN, entry("outcome", outcome="failed")], []),
        ([GIVEN, entry("permit.void", why="", given=True)], []),
        ([entry("rejected", escalation="e-1")], []),
        ([GIVEN, DONE, *CANCELS], [effect(), CANCELLED]),
    ],
)
def test_a_record_and_a_ledger_that_agree(entries: list[Json], effects: list[Json]) -> None:
    """What is done, unknown, found out, found out and late, failed, void, rejected or made good contradicts nothing."""
    assert reconcile(entries, effects) == []


@pytest.mark.pure
@each(
    [
        ([], [effect()], "no intent"),
        ([GIVEN], [effect()], "no outcome"),
        ([GIVEN, entry("outcome", outcome="failed")], [effect()], "recorded as failed, and happened"),
        ([GIVEN, entry("permit.void", why="", given=False)], [effect()], "recorded as void, and happened"),
        ([GIVEN, DONE], [], "the ledger has no effect"),
        ([GIVEN, DONE], [effect(), effect(2)], "permit p-1 has 2 effects"),
        ([GIVEN, DONE, DONE], [effect()], "ended twice"),
        ([GIVEN, *FOUND_NOT], [effect()], "recorded as failed, and happened"),
        ([GIVEN, *FOUND_NOT, DONE, DONE], [effect()], "ended twice"),
        ([GIVEN, *FOUND_NOT, FOUND_NOT[1]], [], "ended twice"),
        ([GIVEN, GIVEN, DONE], [effect()], "given twice"),
        ([GIVEN, DONE], [effect(run="r-2")], "in run r-1"),
        ([GIVEN, DONE], [effect(kind="mail")], "for refund"),
        ([GIVEN | {"at": 101.0}, DONE], [effect()], "before its intent"),
        (
            [entry("rejected", escalation="e-1"), entry("permit", tool="refund", escalation="e-1"), DONE],
            [effect()],
            "rejected, and happened",
        ),
        ([GIVEN, DONE, *CANCELS], [effect()], "the key c-p-1 is recorded as done, and the ledger has 0"),
        (
            [GIVEN, DONE, *CANCELS, *TWICE],
            [effect(), CANCELLED, effect(3, "p-3", "cancel", refund=1)],
            "cancelled refund 1 has 2 effects",
        ),
    ],
)  # fmt: skip
def test_every_contradiction_is_named(entries: list[Json], effects: list[Json], said: str) -> None:
    """No intent, no outcome, another outcome, twice, for another run or tool, ahead of its intent, against a no."""
    assert said in "\n".join(reconcile(entries, effects))


def contradictions(box: Sandbox) -> list[str]:
    """Lay the record beside the ledger's file, once nothing is in flight."""
    return reconcile(box.audit(), read_effects(box.folder / "ledger" / "effects.jsonl"))


@contextmanager
def apart(folder: Path, **environ: str) -> Iterator[tuple[Sandbox, Proxy]]:
    """Run a sandbox, and a way to its hub that can be cut."""
    with (
        Proxy() as way,
        sandbox(folder, "--host", way.url.removeprefix("http://"), **environ) as box,
    ):
        way.aim(box.hub.url)
        yield box, way


def settled(box: Sandbox, actors: list[Actor]) -> list[str]:
    """Pause who is left, and return what the ledger and the record differ in once nothing is in flight."""
    orders = {actor.run: box.order("pause", actor.run) for actor in actors}
    for run, order in orders.items():
        box.reach(run, order, "drained")
    found: list[str] = []

    def agree() -> bool:
        found[:] = contradictions(box)
        return not found

    try:
        until(agree, "an agreement")
    except AssertionError:
        return found
    return []


def goes_on(box: Sandbox, actor: Actor) -> None:
    """Wait until the ledger has another effect of an agent."""
    before = len(box.effects(actor.run))
    until(lambda: len(box.effects(actor.run)) > before, "another effect")


def test_hub_link_and_agent_die_and_the_ledger_agrees_with_the_record(tmp_path: Path) -> None:
    """What nobody confirmed is written once, what ended while a link was away comes late, a dead agent's is unknown."""
    with apart(tmp_path, INTERLOCK_FAILPOINT=DIES) as (box, way):
        first = box.actor("loop")
        assert box.hub.wait() == -signal.SIGKILL
        box.hub.environ.clear()
        box.hub.start()
        far, dies = box.actor("loop", url=way.url), box.actor("loop")
        box.till.slow("A-1009", 0.0, 0.3)
        for actor in (first, far, dies):
            goes_on(box, actor)
        way.refuse()
        dies.end()
        time.sleep(AWAY_SECONDS)
        way.heal()
        for actor in (first, far):
            goes_on(box, actor)
        assert settled(box, [first, far]) == []
        ends = {each["permit"]: each["body"]["outcome"] for each in box.audit() if each["kind"] == "outcome"}
        assert all(
            ends[each["permit"]] == "done" for actor in (first, far) for each in box.effects(actor.run)
        )


ROUNDS, SEED = 40, 3


@pytest.mark.rig
@pytest.mark.timeout(900)
def test_whatever_dies_at_random_the_ledger_agrees_with_the_record(tmp_path: Path) -> None:
    """Forty times an agent, a link or the hub goes away at any moment and comes back: not one contradiction."""
    rng = random.Random(SEED)
    with apart(tmp_path) as (box, way):
        box.till.slow("A-1009", 0.0, 0.05)
        near, far = box.actor("loop"), box.actor("loop", url=way.url)
        for number in range(ROUNDS):
            time.sleep(rng.uniform(0.05, 0.6))
            what = rng.choice(("agent", "cut", "away", "reset", "hole", "hub"))
            say(f"seed {SEED} round {number}: {what}")
            if what == "agent":
                near.end()
                near = box.actor("loop")
            elif what == "hub":
                box.hub.kill()
                box.hub.start()
            else:
                _link(way, what, rng.uniform(0.05, 1.5))
        for actor in (near, far):
            goes_on(box, actor)
        assert settled(box, [near, far]) == []
        effects = read_effects(box.folder / "ledger" / "effects.jsonl")
        say(f"{len(effects)} effects, {len(box.audit())} entries")
        assert len(effects) > ROUNDS


def _link(way: Proxy, what: str, seconds: float) -> None:
    does: dict[str, Callable[[], None]] = {
        "cut": way.cut, "away": way.refuse, "reset": way.reset, "hole": way.hole
    }  # fmt: skip
    does[what]()
    time.sleep(seconds)
    way.heal()
