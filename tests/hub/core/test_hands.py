"""Claims and notes in the core: on record first, told once, and the same after every restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from interlock.hub.core.hands import NOTES_MAX
from interlock.runs import RunState, apply
from tests.hub.core.plant import Plant, run_id, running

pytestmark = pytest.mark.pure

RUN = run_id(1)


def ask(plant: Plant, step: Callable[[int], None]) -> str:
    """Ask for something; return the code of the refusal, ``done``, or ``waits`` while it is not on disk."""
    request = next(plant.numbers)
    plant.take(plant.core.hand(lambda: step(request), plant.now))
    reply = plant.replies.get(request)
    if reply is None:
        return "waits"
    return reply.refusal.code if reply.refusal is not None else "done"


def claim(plant: Plant, by: str, *, take: bool = False, note: str = "") -> str:
    """Claim run 1."""
    return ask(plant, lambda request: plant.core.hands.claim(request, RUN, by, note, take=take))


def release(plant: Plant, by: str, *, take: bool = False) -> str:
    """Release run 1."""
    return ask(plant, lambda request: plant.core.hands.release(request, RUN, by, "", take=take))


def note(plant: Plant, by: str, text: str) -> str:
    """Note something about run 1."""
    return ask(plant, lambda request: plant.core.hands.note(request, RUN, by, text))


def told(plant: Plant) -> RunState:
    """Return what the run's trace comes to, as far as hands go."""
    state = RunState(RUN)
    for n, (_, event) in enumerate((run, event) for run, event in plant.told if run == RUN):
        envelope: dict[str, Any] = {"at": 1.0, "event": event.model_dump(mode="json", exclude_none=True)}
        apply(state, {"pos": n, "n": n, "e": envelope})
    return state


def test_a_run_in_somebodys_hands_is_taken_over_only_on_purpose() -> None:
    """Another's claim is refused and changes nothing; with ``take`` it holds, and says from whom it was taken."""
    plant = running()
    assert claim(plant, "ann") == "done"
    assert claim(plant, "bo") == "claimed"
    assert plant.core.world.runs[RUN].claimed_by == "ann"
    assert claim(plant, "bo", take=True) == "done"
    assert (plant.disk[-1][1].body["by"], plant.disk[-1][1].body["taken_from"]) == ("bo", "ann")
    assert told(plant).claimed_by.raw == "bo"


def test_only_the_claimant_releases_unless_it_is_taken() -> None:
    """A release by another is refused; nobody's run cannot be released."""
    plant = running()
    assert release(plant, "ann") == "conflict"
    claim(plant, "ann")
    assert release(plant, "bo") == "claimed"
    assert release(plant, "bo", take=True) == "done"
    assert (plant.core.world.runs[RUN].claimed_by, told(plant).claimed_by.raw) == ("", "")
    assert plant.disk[-1][1].body["taken_from"] == "ann"


def test_a_repeated_claim_writes_nothing_and_its_note_is_a_note() -> None:
    """The claimant who presses twice changes nothing; what they wrote the second time is not lost."""
    plant = running()
    claim(plant, "ann", note="first")
    before = len(plant.disk)
    assert claim(plant, "ann") == "done"
    assert len(plant.disk) == before
    assert claim(plant, "ann", note="second") == "done"
    assert [entry.text.raw for entry in plant.core.world.runs[RUN].noted] == ["second"]


def test_nothing_is_answered_or_told_before_it_is_on_disk() -> None:
    """A claim and a note wait for the commit; a hub that dies before it knows nothing of them."""
    plant = running(auto=False)
    assert claim(plant, "ann") == "waits"
    assert note(plant, "ann", "look") == "waits"
    assert (told(plant).claimed_by.raw, told(plant).notes) == ("", 0)
    plant.crash()
    assert (plant.core.world.runs[RUN].claimed_by, plant.core.world.runs[RUN].noted) == ("", [])


def test_a_restart_tells_the_trace_what_it_missed_and_nothing_twice() -> None:
    """The hub dies after the record has it and before the trace: the trace is told, once."""
    plant = running()
    note(plant, "ann", "one")
    seen = told(plant)
    claim(plant, "ann")
    note(plant, "bo", "two")
    plant.told.clear()
    plant.crash()
    plant.take(plant.core.reconcile([seen], plant.now))
    assert plant.kinds(1).count("run.noted") == 1
    assert (told(plant).claimed_by.raw, told(plant).last_note.raw) == ("ann", "two")
    whole = RunState(RUN, claimed_by=told(plant).claimed_by, notes=2)
    plant.told.clear()
    plant.crash()
    plant.take(plant.core.reconcile([whole], plant.now))
    assert not {"run.claimed", "run.noted"} & set(plant.kinds(1))


def test_a_run_takes_a_thousand_notes_and_not_one_more() -> None:
    """The limit is accepted, one past it is refused, and the record has exactly as many."""
    plant = running()
    assert {note(plant, "ann", f"{n}") for n in range(NOTES_MAX)} == {"done"}
    assert note(plant, "ann", "too many") == "limit"
    assert sum(fact.kind == "note" for _, fact in plant.disk) == NOTES_MAX


def test_a_claim_holds_nobody_back() -> None:
    """Orders of others act on a claimed run as on any."""
    plant = running()
    claim(plant, "bo")
    plant.order(1, "kill", 1)
    plant.answer(1, 1, 1)
    assert plant.stages(1, 1)[-1] == "confirmed"
