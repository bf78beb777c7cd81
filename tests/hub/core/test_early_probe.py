"""A probe that finds nothing while the call may still be on its way decides nothing (K5, L3)."""

from __future__ import annotations

import pytest

from interlock.hub.core.making import Step, Way
from interlock.hub.core.planning import Recalled
from interlock.hub.core.unknowns import SETTLES_S
from interlock.jobs import Did, Do, Offered, Offers
from interlock.text import Untrusted
from tests.hub.core.makers import seen, steps
from tests.hub.core.plant import Plant, running

pytestmark = pytest.mark.pure

CALL = "c-1"


def unknown(plant: Plant) -> str:
    """Leave one call unknown, beside a host that can look; return its permit."""
    plant.hello(2, 2)
    offered = (Offered(tool=Untrusted("find"), cls="read"),)
    plant.frame(2, Offers(agent=Untrusted("office"), role=Untrusted("office"), tools=offered))
    permit = plant.permit(1, 1, CALL)
    plant.outcome(1, 1, permit, CALL, "unknown")
    return permit


def probed(plant: Plant, permit: str, answer: str) -> str | None:
    """Probe it, let the host answer, and return what is known of it then."""
    way, number = Way("find", "{}", "read"), next(plant.numbers)
    plant.take(plant.core.hand(lambda: plant.core.unknowns.probe(number, permit, way, "ann"), plant.now))
    job = [frame for frame in plant.sent[2] if isinstance(frame, Do)][-1].job
    plant.frame(2, Did(job=job, outcome="done", result=Untrusted(answer)))
    found = plant.core.world.making.reconciled.get(permit)
    return found.outcome if found is not None else None


def test_nothing_found_too_early_decides_nothing() -> None:
    """Its answer is kept with what to do; asked again once the call comes no more, it says that nothing happened."""
    plant = running()
    permit = unknown(plant)
    plant.time += SETTLES_S - 1
    assert probed(plant, permit, '{"found":false}') is None
    answer = plant.core.world.making.unknowns[permit].answer
    assert answer is not None
    assert answer.problem == "it found nothing, and the call may still be on its way; ask again in 1 s"
    plant.time += 1
    assert probed(plant, permit, '{"found":false}') == "failed"


def test_what_is_found_decides_at_once() -> None:
    """What is there does not go away by waiting."""
    plant = running()
    assert probed(plant, unknown(plant), '{"found":true}') == "done"


LOST = Recalled(None, "its result is not in the trace (not here yet, or erased)")


def _step(plant: Plant, permit: str, result: Recalled = LOST) -> Step:
    return steps(plant, [seen(1, permit, call=CALL, result=result)])[0]


def test_what_a_probe_answered_is_the_result_of_the_effect_that_it_found() -> None:
    """The call broke off and left none; one that is there is not replaced, and a late outcome outranks the probe."""
    plant = running()
    permit = unknown(plant)
    assert probed(plant, permit, '{"id":7}') == "done"
    step = _step(plant, permit)
    assert step.way is not None
    assert (step.state, step.way.args) == ("ready", '{"refund":7}')
    own = _step(plant, permit, Recalled({"id": 8}))
    assert own.way is not None
    assert own.way.args == '{"refund":8}'
    plant.crash()
    assert _step(plant, permit) == step
    plant.hello(3, 1)
    plant.outcome(3, 1, permit, CALL, "done")
    assert _step(plant, permit).state == "cannot be undone"


def test_a_word_of_a_person_or_half_an_answer_is_no_result() -> None:
    """A mark by hand names nothing; an answer that was cut, or has no such field, is not guessed at."""
    answers = ('{"found":true}', '{"id":"' + "x" * 3000 + '"}')
    for answer, why in zip(answers, ("no 'id' in it", "too long to be kept whole"), strict=True):
        plant = running()
        permit = unknown(plant)
        assert probed(plant, permit, answer) == "done"
        assert (_step(plant, permit).way, why in _step(plant, permit).cannot) == (None, True)
    plant = running()
    permit, number = unknown(plant), next(plant.numbers)
    plant.take(
        plant.core.hand(lambda: plant.core.unknowns.mark(number, permit, "done", "ann", "seen"), plant.now)
    )
    step = _step(plant, permit)
    assert (step.state, "not in the trace" in step.cannot) == ("cannot be undone", True)
