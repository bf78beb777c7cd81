"""The fold over a run's events, and the words for what it comes to."""

from typing import Any

import orjson
import pytest

from interlock import events, words
from interlock.model import Model
from interlock.runs import OPEN_MAX, TOOLS_MAX, RunState, apply
from tests.library import samples
from tests.library.samples import GATE, ORDER, PERMIT, RUN, U
from tests.support.cases import each

pytestmark = pytest.mark.pure

START = samples.EVENTS[0]


def item(event: Model, n: int = 1) -> dict[str, Any]:
    """Return the event as the feed carries it."""
    raw = samples.envelope(event, seq=n).model_dump_json(exclude_none=True)
    return {"pos": 100 + n, "n": n, "e": orjson.loads(raw)}


def fold(*told: Model) -> RunState:
    """Return the state of a run that these events happened to, after its start."""
    state = RunState(run=RUN)
    for n, event in enumerate((START, *told), start=1):
        apply(state, item(event, n))
    return state


def proposed(call: str, amount: int = 1) -> tuple[Model, Model]:
    """Return a refund as the agent proposes and starts it."""
    return (
        events.ToolProposed(call=call, tool=U("refund"), cls="write", args=U(f'{{"amount":{amount}}}')),
        events.ToolStarted(call=call, permit=PERMIT),
    )


def order(verb: str) -> Model:
    """Return the order as the hub writes it into the trace."""
    return events.OrderIssued.model_validate({"order": ORDER, "verb": verb, "by": "ann", "reason": ""})


RECORDED = events.OrderRecorded(order=ORDER, verb="kill", ms=1)
PRESUMED = events.PresumedStopped(order=ORDER, verb="kill", ms=6000)
CONFIRMED = events.ConfirmedStopped(order=ORDER, verb="kill", ms=20)
DRAINED = events.Drained(order=ORDER, verb="pause", ms=20)
DONE = events.RunFinished(claim="done")


@each(
    [
        ((), "RUN", "running, 0 calls in flight"),
        (proposed("c1"), "RUN", "running, 1 call in flight"),
        ((order("pause"), *proposed("c1")), "PAUSING", "pausing, 1 call in flight"),
        ((order("pause"), DRAINED), "PAUSED", "paused and drained: no gated call in flight"),
        ((order("pause"), DRAINED, order("resume")), "RUN", "running, 0 calls in flight"),
        ((order("cancel"),), "ENDING", "asked to end, 0 calls in flight"),
        ((*proposed("c1"), order("kill")), "STOPPING", "stopping, 1 call in flight"),
        ((*proposed("c1"), order("kill"), RECORDED), "STOPPING", "stopping, 1 call in flight"),
        ((order("kill"), RECORDED, CONFIRMED), "STOPPED", "confirmed stopped: no gated call in flight"),
        ((order("kill"), CONFIRMED, PRESUMED), "STOPPED", "confirmed stopped: no gated call in flight"),
        ((order("kill"), RECORDED, order("resume")), "STOPPING", "stopping, 0 calls in flight"),
        ((order("kill"), RECORDED, order("pause")), "STOPPING", "stopping, 0 calls in flight"),
        ((DONE,), "DONE", "the agent claims: done"),
        ((events.RunLost(why="silent"),), "LOST", "lost: silent"),
        ((events.RunLost(why="silent"), events.RunBack(gate=GATE)), "RUN", "running, 0 calls in flight"),
        ((order("kill"), events.RunLost(why="silent")), "STOPPING", "stopping, 0 calls in flight"),
        ((DONE, events.RunLost(why="silent")), "DONE", "the agent claims: done"),
    ],
)
def test_word_and_phrase_of_a_run(told: tuple[Model, ...], word: str, phrase: str) -> None:
    """A run's word follows its events, and never says stopped before it is confirmed."""
    state = fold(*told)
    assert (words.word(state).word, words.phrase(state)) == (word, phrase)


def test_presumed_is_not_said_as_stopped() -> None:
    """A presumed stop says what it does not know."""
    state = fold(order("kill"), RECORDED, PRESUMED)
    assert words.word(state).word == "PRESUMED"
    assert "not confirmed by every gate" in words.phrase(state)


def test_same_call_in_a_row_is_a_loop() -> None:
    """Three equal calls in a row are flagged; a different one in between is not a loop."""
    loop = [event for call in ("a", "b", "c") for event in proposed(call)]
    assert "LOOP 3" in words.flags(fold(*loop))
    broken = [event for call, amount in (("a", 1), ("b", 2), ("c", 1)) for event in proposed(call, amount)]
    assert not words.flags(fold(*broken))


def test_a_state_names_each_tool_once_in_the_order_of_first_use() -> None:
    """Every different tool is named, the first of them only, by the beginning of its name, and survives JSON."""

    def asks(n: int, tool: str) -> Model:
        return events.ToolProposed(call=f"c{n}", tool=U(tool), cls="read", args=U("{}"))

    state = fold(*(asks(n, tool) for n, tool in enumerate(("look", "mail", "look", "x" * 300))))
    assert [tool.raw for tool in state.tools] == ["look", "mail", "x" * 100]
    assert RunState.from_json(orjson.loads(orjson.dumps(state.to_json()))) == state
    many = fold(*(asks(n, f"tool-{n}") for n in range(TOOLS_MAX + 9)))
    assert len(many.tools) == TOOLS_MAX
    assert many.tools[0] == "tool-0"


def test_write_that_timed_out_is_unknown_until_its_late_outcome() -> None:
    """A timed-out write counts as unknown, not as failed and in flight no more; a late outcome settles it."""
    timed_out = events.ToolFinished(call="c1", outcome="unknown", error=U("timed out"))
    state = fold(*proposed("c1"), timed_out)
    assert words.flags(state) == ["UNKNOWN 1"]
    assert state.unknown == {"c1": U("refund")}
    apply(state, item(events.ToolFinished(call="c1", outcome="done", late=True), 5))
    assert not state.unknown
    assert state.errors == 1


def test_a_call_given_up_counts_as_in_flight_again_once_its_gate_says_so() -> None:
    """A timed-out write that a gate still holds is in the phrase of the stop, until its late outcome."""
    timed_out = events.ToolFinished(call="c1", outcome="unknown", error=U("timed out"))
    holds = events.OrderAcknowledged(
        order=ORDER, gate=GATE, in_flight=(events.InFlight(call="c1", tool=U("refund"), cls="write", ms=9.0),)
    )
    told = (*proposed("c1"), timed_out, order("kill"), holds)
    assert words.phrase(fold(*told)) == "stopping, 1 call in flight, 1 call of unknown outcome"
    late = events.ToolFinished(call="c1", outcome="done", late=True)
    assert words.phrase(fold(*told, late)) == "stopping, 0 calls in flight"


def test_what_needs_a_person_comes_first() -> None:
    """An unproven stop comes first, then what goes wrong now, then what is in doubt, then what is over."""
    loop = [event for call in ("a", "b", "c") for event in proposed(call)]
    doubt = events.OutcomeUnknown(call="c1", permit=PERMIT, tool=U("refund"), why="its gate is gone")
    silent = events.RunLost(why="silent")
    ranked = [
        fold(order("kill"), RECORDED),
        fold(*loop),
        fold(*proposed("c1"), silent),
        fold(doubt),
        fold(silent),
        fold(*loop, order("pause"), DRAINED),
        fold(doubt, DONE),
        fold(events.RunFinished(claim="failed")),
        fold(),
        fold(DONE),
        fold(order("kill"), CONFIRMED),
    ]
    needs = [words.need(state) for state in ranked]
    assert needs == sorted(needs)
    assert len(set(needs)) == len(needs)


def test_a_proven_stop_that_left_an_unknown_outcome_still_needs_a_person() -> None:
    """Stopped is not settled: somebody has to find out what the write did."""
    lost = events.OutcomeUnknown(call="c1", permit=PERMIT, tool=U("refund"), why="its gate is gone")
    assert words.need(fold(*proposed("c1"), order("kill"), lost, CONFIRMED)) is words.Need.LEFT


def test_what_a_recording_left_open_is_nobodys_to_find_out() -> None:
    """A replayed run whose recorded calls have no result is over like any other."""
    start = events.RunStarted.model_validate({**START.model_dump(), "mode": "replay"})
    lost = events.OutcomeUnknown(call="c1", permit=PERMIT, tool=U("refund"), why="no result was recorded")
    assert words.need(fold(start, lost, DONE)) is words.Need.OVER


def test_a_stop_says_how_many_gates_have_not_answered() -> None:
    """Nothing known to be in flight is not nothing in flight: a silent gate is counted in the sentence."""
    joined = events.GateJoined(gate=GATE)
    assert words.phrase(fold(joined, order("kill"), RECORDED)) == (
        "stopping, 0 calls in flight, 1 gate not answered yet"
    )
    answered = events.OrderAcknowledged(order=ORDER, gate=GATE)
    assert words.phrase(fold(joined, order("kill"), answered)) == "stopping, 0 calls in flight"


def test_a_lost_run_says_why_and_what_was_under_way() -> None:
    """A loss names its cause; calls that became unknown with it are not called absent."""
    doubt = events.OutcomeUnknown(call="c1", permit=PERMIT, tool=U("refund"), why="process 7 is gone")
    lost = events.RunLost(why="process 7 is gone")
    assert words.phrase(fold(*proposed("c1"), doubt, lost)) == (
        "lost: process 7 is gone, 1 call of unknown outcome"
    )
    assert words.phrase(fold(*proposed("c1"), lost)) == (
        "lost: process 7 is gone, 1 call in flight when last heard"
    )


def test_state_survives_json() -> None:
    """What the hub stores of a run is what a console reads, field by field."""
    state = fold(*proposed("c1"), *samples.EVENTS[1:])
    again = RunState.from_json(orjson.loads(orjson.dumps(state.to_json())))
    assert again == state


def test_fold_takes_every_kind() -> None:
    """No event kind, known or not, breaks the fold."""
    state = fold(*samples.EVENTS)
    before = state.n
    unknown = item(samples.EVENTS[4], before + 1)
    unknown["e"]["event"] = {"kind": "mood.changed"}
    apply(state, unknown)
    assert state.n == before + 1


def test_a_state_does_not_grow_with_what_an_agent_never_ends() -> None:
    """Calls without an end fill a state up to a limit, and from there on its counts say that they are lower bounds."""
    many = range(OPEN_MAX + 3)
    state = fold(*(proposed(f"p-{n}")[0] for n in many))
    assert len(state.proposed) == OPEN_MAX
    assert "p-0" not in state.proposed
    assert state.left_out == 0

    state = fold(*(events.ModelStarted(call=f"m-{n}") for n in many))
    assert (len(state.flying), state.left_out) == (OPEN_MAX, 3)
    assert words.phrase(state) == f"running, {OPEN_MAX} or more calls in flight"

    state = fold(*(events.ToolFinished(call=f"u-{n}", outcome="unknown") for n in many))
    assert (len(state.unknown), state.left_out) == (OPEN_MAX, 3)


def test_a_state_keeps_the_beginning_of_long_texts() -> None:
    """Labels, the sign of success and arguments of any length leave a state that is written quickly."""
    long = U("x" * 100_000)
    labels = {"k" * 100_000: long}
    start = events.RunStarted(agent=U("a"), role=U("b"), goal=long, success=long, labels=labels)
    call = events.ToolProposed(call="c", tool=U("t"), cls="read", args=long)
    state = fold(start, call, call)
    assert len(orjson.dumps(state.to_json())) < 8_000
    assert state.repeat == 2


def test_the_first_claim_counts() -> None:
    """An agent that failed cannot say later that it was done."""
    claims = [events.RunFinished(claim=claim) for claim in ("failed", "done")]
    assert fold(*claims).claim == "failed"


def test_a_claim_hides_no_call_that_goes_on() -> None:
    """A run that says it is done while a gate of it has a call in flight needs a person, and its sentence says why."""
    joined, done = events.GateJoined(gate=GATE, pid=1), events.RunFinished(claim="done")
    state = fold(joined, *proposed("c-1"), done)
    assert words.phrase(state) == "the agent claims: done, yet 1 call in flight"
    assert words.need(state) is words.Need.LOOP
    apply(state, item(events.GateLeft(gate=GATE, why="left"), state.n + 1))
    assert words.phrase(state) == "the agent claims: done"
    assert words.need(state) is words.Need.OVER


def test_who_has_a_run_in_hand_and_what_was_noted_follows_the_events() -> None:
    """A claim names its claimant until a release or a take-over; notes are counted, and the newest is kept."""
    claimed = events.RunClaimed(by=U("ann"))
    taken = events.RunClaimed(by=U("bo"), taken_from=U("ann"))
    noted = (events.RunNoted(by=U("bo"), text=U("first")), events.RunNoted(by=U("ann"), text=U("x" * 2000)))
    state = fold(claimed, taken, *noted)
    assert (state.claimed_by, state.claimed_at > 0) == (U("bo"), True)
    assert (state.notes, state.last_note) == (2, U("x" * 400))
    assert RunState.from_json(orjson.loads(orjson.dumps(state.to_json()))) == state
    released = fold(claimed, events.RunReleased(by=U("ann")))
    assert (released.claimed_by, released.claimed_at, released.notes) == (U(""), 0.0, 0)
