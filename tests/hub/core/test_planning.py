"""Plans: which effects, in which order, with which arguments, and what is said where nothing can be done."""

from __future__ import annotations

import pytest

from interlock.contract import Action
from interlock.hub.core.planning import Recalled, digest, no_contracts, plan, resolved
from interlock.hub.core.unknowns import verdict
from tests.hub.core.makers import CONTRACTS, begin, effects, office, permit_name, progress, seen, steps
from tests.hub.core.plant import running
from tests.support.cases import each

pytestmark = pytest.mark.pure


def test_the_newest_effect_is_made_good_first() -> None:
    """Steps stand in the reverse order of the intents in the record, whatever the order they are asked for in."""
    plant = running()
    found = effects(plant, "done", "done", "done")
    assert [step.permit for step in steps(plant, found[1:] + found[:1])] == [
        each.permit for each in reversed(found)
    ]


def test_arguments_are_resolved_from_the_recorded_result() -> None:
    """A step calls the declared tool with what the recorded result says, exactly."""
    plant = running()
    step = steps(plant, effects(plant, "done"))[0]
    assert step.state == "ready"
    assert step.way is not None
    assert (step.way.tool, step.way.args, step.way.cls) == ("cancel", '{"refund":1}', "write")
    assert step.key == f"c-{step.permit}"


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (Recalled(None, "its result is not in the trace (not here yet, or erased)"), "erased"),
        (Recalled({"other": 1}), "no 'id' in it"),
        (Recalled({"id": "[secret:0123456789abcdef]"}), "a secret"),
        (Recalled({"id": "x" * 20_000}), "longer than"),
    ],
)
def test_what_cannot_be_filled_in_cannot_be_undone(result: Recalled, why: str) -> None:
    """A result that is missing, erased, redacted or too long is not guessed: the step says so and is not ready."""
    plant = running()
    found = effects(plant, "done")[0]
    step = steps(plant, [seen(found.n, found.permit, result=result)])[0]
    assert step.state == "cannot be undone"
    assert step.way is None
    assert why in step.cannot


def test_what_nobody_declared_cannot_be_undone() -> None:
    """A tool whose contract says none, or that has no contract, is never shown as ready."""
    plant = running()
    found = effects(plant, "done")[0]
    mail = steps(plant, [seen(found.n, found.permit, tool="mail", cls="danger")])[0]
    assert (mail.state, mail.way) == ("cannot be undone", None)
    assert "says that nothing makes it good" in mail.cannot
    bare = plan(plant.core.world, [found], no_contracts)[0]
    assert (bare.state, bare.way) == ("cannot be undone", None)
    assert "nobody declared" in bare.cannot


def test_what_is_unknown_or_in_flight_is_found_out_first() -> None:
    """An effect whose outcome is unknown or still to come is not ready, and a failed one needs nothing."""
    plant = running()
    states = [step.state for step in steps(plant, effects(plant, "failed", "unknown", None))]
    assert states == ["unknown first", "unknown first", "nothing happened"]


def test_a_void_permit_had_no_effect() -> None:
    """A permit that was never used has nothing to make good."""
    plant = running()
    assert steps(plant, [seen(1, permit_name(77))])[0].state == "nothing happened"


def test_a_plan_is_what_its_digest_says() -> None:
    """The digest covers order, arguments and states: another plan has another one."""
    plant = running()
    found = effects(plant, "done", "done")
    shown = digest(steps(plant, found))
    assert digest(steps(plant, found)) == shown
    assert digest(steps(plant, found[:1])) != shown
    office(plant)
    assert digest(steps(plant, found)) == shown
    begin(plant, found[:1])
    assert progress(plant) == ["sent"]
    assert digest(steps(plant, found)) != shown


def test_a_bare_tool_gets_the_arguments_of_the_call_without_its_secrets() -> None:
    """A contract that names the tool alone hands on what the call had; what no store keeps is left out."""
    plant = running()
    found = effects(plant, "done")[0]
    args = Recalled({"order": "A-1", "card": "[secret:0123456789abcdef]"})
    way, problem = resolved(seen(found.n, found.permit, args=args), Action("cancel"), CONTRACTS.get)
    assert (way, problem) == (("cancel", '{"order":"A-1"}', "write", True), "")


@each(
    [
        ("null", "failed"), ("false", "failed"), ("[]", "failed"), ("{}", "failed"), ('{"found":false}', "failed"),
        ("true", "done"), ("[0]", "done"), ('{"id":1}', "done"), ('{"found":true}', "done"),
        ('"no such refund"', None), ("0", None), ("3", None), ("not json", None), ("", None),
    ],
)  # fmt: skip
def test_a_probe_decides_by_one_rule(answer: str, outcome: str | None) -> None:
    """Empty answers say that nothing happened, full ones that it did, and a text or a number decides nothing."""
    assert verdict(answer) == outcome
