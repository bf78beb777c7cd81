"""An image of the folded world: with it, the fold of the rest makes the world that the fold of everything makes."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from interlock.hub.core.fold import fold
from interlock.hub.core.image import KEPT, LEFT_OUT, dump, load
from interlock.hub.core.memory import OWN_KEPT
from interlock.hub.core.scope import Scope
from interlock.hub.core.world import World
from interlock.levels import LEVELS
from interlock.reserved import CANARY
from tests.hub.core.control import control, folded
from tests.hub.core.machine import Life, picks
from tests.hub.core.plant import Plant, flying, number_of, order_id, run_id, running
from tests.hub.core.rulings import YAML, push, text_of, turn

pytestmark = pytest.mark.pure

POLICIES = (text_of(), text_of(YAML.replace("<= 200", "<= 50")))


def restored(plant: Plant, cut: int) -> World:
    """Return the world of an image that was taken after so many facts, with the others folded."""
    image = dump(folded(plant.disk[:cut], plant.now._replace(mono=0.5)))
    world = load(image, plant.now)
    world.replaying = True
    for _, fact in plant.disk[cut:]:
        fold(world, fact, plant.now)
    world.replaying = False
    return world


class Pictured(Life):
    """A random life in which people also claim and note, and an image is taken somewhere in its past."""

    taken = 0
    """How many facts there were when the image was taken, modulo those there are."""

    @rule(which=picks, text=st.text(max_size=3), take=st.booleans())
    def claim(self, which: int, text: str, take: bool) -> None:
        hands, run = self.plant.core.hands, run_id(which % self.born + 1)
        request = next(self.plant.numbers)
        step = (hands.claim, hands.release)[which % 2]
        self.plant.take(
            self.plant.core.hand(lambda: step(request, run, f"p{which % 2}", text, take=take), self.plant.now)
        )

    @rule(which=picks, text=st.text(max_size=3))
    def note(self, which: int, text: str) -> None:
        hands, run = self.plant.core.hands, run_id(which % self.born + 1)
        request = next(self.plant.numbers)
        self.plant.take(self.plant.core.hand(lambda: hands.note(request, run, "ada", text), self.plant.now))

    @rule(which=picks, share=st.sampled_from((None, 0.5)), lost=st.booleans())
    def policy(self, which: int, share: float | None, lost: bool) -> None:
        push(self.plant, 500 + which, POLICIES[which % 2], share=share)
        if lost:
            self.plant.take(self.plant.core.rights_unwritten(self.plant.now))

    @rule(which=picks, level=st.sampled_from(LEVELS), lost=st.booleans())
    def dial(self, which: int, level: str, lost: bool) -> None:
        turned = self.plant.core.rules.book.dials.get(("role", "support"))
        proof = number_of(turned.order) if turned is not None else None
        turn(self.plant, 700 + which, level, proof=proof)
        if lost:
            self.plant.take(self.plant.core.rights_unwritten(self.plant.now))

    @precondition(lambda self: self.plant.disk)
    @rule(cut=st.integers(min_value=0, max_value=10_000))
    def picture(self, cut: int) -> None:
        self.taken = cut

    @invariant()
    def an_image_and_the_rest_make_the_same_world(self) -> None:
        whole = folded(self.plant.disk, self.plant.now)
        again = restored(self.plant, self.taken % (len(self.plant.disk) + 1))
        assert again == whole
        assert _orders(again) == _orders(whole)


def _orders(world: World) -> list[list[Any]]:
    """Return what has an order among itself, which equality of tables passes over."""
    tables: list[Any] = [world.runs, world.orders, world.given, world.standing, world.live]
    return [list(table) for table in (*tables, world.open_cases, world.own, *world.orders.values())]


def test_an_image_and_the_rest_make_the_same_world() -> None:
    """Whatever happened, and wherever the image was taken: scopes, lifts, pauses, permits, unknown outcomes, claims."""
    run_state_machine_as_test(
        Pictured, settings=settings(max_examples=6, stateful_step_count=40, deadline=None)
    )


@pytest.mark.rig
@pytest.mark.timeout(900)
def test_an_image_of_long_lives_makes_the_same_world() -> None:
    """The same over hundreds of longer lives."""
    run_state_machine_as_test(
        Pictured, settings=settings(max_examples=400, stateful_step_count=80, deadline=None)
    )


@pytest.mark.parametrize("kind", KEPT, ids=lambda kind: kind.__name__)
def test_every_field_of_the_world_is_kept_or_left_out_on_purpose(kind: type[Any]) -> None:
    """A new field cannot be missing from images without anybody's word."""
    names = {field.name for field in fields(kind)}
    assert KEPT[kind] | LEFT_OUT[kind] == names
    assert not KEPT[kind] & LEFT_OUT[kind]


def _eventful() -> Plant:
    """Return a hub in whose past there is one of each thing, forgotten runs of the hub's own among them."""
    plant = running(2)
    plant.open(1, 2, parent=1)
    plant.open(1, 3, role="billing")
    late = plant.permit(1, 1, "c-1")
    lost = plant.permit(2, 1, "c-2")
    plant.order(1, "pause", 1, key="k")
    plant.answer(1, 1, 1, flying("c-1", permit=late))
    plant.outcome(1, 1, late, "c-1")
    plant.order(2, "resume", 1)
    plant.order(3, "pause", scope=Scope("role", "support"))
    plant.order(4, "resume", 2)
    plant.lift(3, 5)
    plant.order(6, "kill", scope=Scope("role", "billing"))
    plant.order(7, "cancel", 2)
    plant.close(2)
    plant.gone(2)
    assert plant.core.world.runs[run_id(1)].spent[lost] == "unknown"
    plant.core.hands.claim(1, run_id(1), "ada", "mine", take=False)
    plant.core.hands.note(2, run_id(1), "ada", "look")
    plant.take(plant.core.tick(plant.now))
    plant.order(8, "kill", 1)
    plant.hello(9, 9, own=True)
    for number in range(100, 100 + OWN_KEPT + 5):
        plant.open(9, number, agent=CANARY, role=CANARY)
        plant.order(number, "kill", number)
        plant.answer(9, number, number)
        plant.leave(9, number)
        plant.wait(0.1)
    plant.open(1, 4)
    plant.permit(1, 4, "c-3")
    return plant


@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.rig)])
def test_an_image_at_any_place_of_an_eventful_past_makes_the_same_world(step: int) -> None:
    """Between any two facts, also right before and after the hub forgot a run of its own."""
    plant = _eventful()
    whole = folded(plant.disk, plant.now)
    assert len(whole.own) == OWN_KEPT
    last = len(plant.disk)
    for cut in sorted({*range(0, last, step), *range(last - 24, last + 1, 3)}):
        assert restored(plant, cut) == whole, cut


def test_a_start_from_an_image_goes_on_as_one_from_the_whole_record() -> None:
    """Every effect of the start is the same: what is told to traces, what is written, who is looked for."""
    plant = _eventful()
    cut = len(plant.disk) // 2
    whole, half = plant.fresh(), plant.fresh()
    effects = whole.recover(list(plant.disk), plant.now)
    image = dump(folded(plant.disk[:cut], plant.now))
    assert half.recover(plant.disk[cut:], plant.now, image) == effects
    assert control(half.world) == control(whole.world)
    assert whole.due == half.due


def test_what_an_image_says_of_a_killed_run_is_that_it_is_killed() -> None:
    """The kill of a run and of its role holds from an image alone, with its receipt and for new runs."""
    plant = _eventful()
    core = plant.fresh()
    core.recover([], plant.now, dump(folded(plant.disk, plant.now)))
    assert core.world.runs[run_id(1)].kill is not None
    assert [number_of(order) for order in core.world.standing] == [6]
    assert core.receipts([(order_id(8), run_id(1))])[0].stages == plant.receipt(8, 1).stages
