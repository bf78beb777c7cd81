"""Made good from the screen, for real: a hub, an office that cancels refunds, a ledger whose own file tells."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import interlock
from interlock.gameday.agent.desk import Desk
from interlock.gameday.proof import read_effects
from interlock_console.screens.audit import AuditView
from interlock_console.screens.making import MakingDialog
from interlock_console.screens.unknown_hand import HandDialog
from tests.console.live import Live, console
from tests.console.looks import WIDE
from tests.gameday.sandbox import GUARD, Sandbox, sandbox, until
from tests.support import forked
from tests.support.afterwards import mark_all

Json = dict[str, Any]

POLICY = """\
version: 1
tools:
  refund:
    class: write
    compensate: {tool: cancel_refund, args: {refund_id: "result.refund_id"}}
  cancel_refund: {class: write}
  lose: {class: write, compensate: none}
roles:
  support-agent: {autonomy: auto, tools: {refund: allow, lose: allow}}
  back-office: {autonomy: auto, tools: {cancel_refund: allow}}
"""


@pytest.fixture(scope="module", name="box")
def _box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("made-good")) as made:
        status, answer = made.hub.ask("POST", "/v1/policy", {"source": POLICY, "reason": "a test"})
        assert status == 200, answer
        environ = {**os.environ, **made.till.environment(), **made.hub.environment()}
        command = [sys.executable, "-P", "-m", "interlock.gameday.agent", "office"]
        office = forked.Popen(command, stdin=subprocess.DEVNULL, env=environ)
        try:
            yield made
        finally:
            office.kill()
            office.wait(GUARD)


@pytest.fixture(scope="module", name="gate")
def _gate(box: Sandbox) -> Iterator[interlock.Gate]:
    made = interlock.connect(box.hub.url, box.hub.agent_token)
    yield made
    made.close()


@pytest.fixture(name="live")
async def _live(box: Sandbox) -> AsyncIterator[Live]:
    async with console(box.hub, WIDE) as live:
        await live.pilot.press("3")
        await live.until("FOLLOWING the newest", when=lambda: bool(_view(live).record.order))
        yield live
    mark_all(box.hub)
    plans = "/v1/compensations?limit=100"
    until(lambda: all(each["ended_at"] for each in box.hub.get(plans)["plans"]), "the end of each plan")


def _view(live: Live) -> AuditView:
    view = live.pilot.app.screen
    assert isinstance(view, AuditView)
    return view


def _box_in_front(live: Live) -> MakingDialog:
    dialog = live.pilot.app.screen
    assert isinstance(dialog, MakingDialog)
    return dialog


def _cancels(box: Sandbox) -> list[str]:
    effects = read_effects(box.folder / "ledger" / "effects.jsonl")
    return [str(effect["known_as"]) for effect in effects if effect["kind"] == "cancel"]


def _refund(gate: interlock.Gate, box: Sandbox, order: str) -> str:
    """Refund an order and return the permit it was done with."""
    with gate.run(agent="support", role="support-agent", goal=f"refund {order}") as run:
        Desk(gate, box.till).refund(order, 12.5)
    found = box.hub.get(f"/v1/audit?run={run.id}&kind=permit")["entries"]
    until(lambda: box.hub.get(f"/v1/runs/{run.id}")["run"]["phase"] == "finished", "its last event")
    return str(found[0]["permit"])


def _made_good(box: Sandbox, permit: str) -> None:
    """Make an effect good as a command does, and wait until that is over."""

    def planned() -> Json | None:
        """Return the plan once the hub has heard how the effect ended, and what it returned."""
        _, said = box.hub.ask("POST", "/v1/compensations/plan", {"permits": [permit]})
        (step,) = said["steps"]
        return dict(said) if (step["state"], step["outcome"]) == ("ready", "done") else None

    plan = until(planned, "a plan that is ready")
    assert plan is not None
    signed = {"digest": plan["digest"], "proof": plan["proof"], "reason": "a test"}
    status, made = box.hub.ask("POST", "/v1/compensations", {"permits": [permit], **signed})
    assert status == 200, made
    until(lambda: box.hub.get(f"/v1/compensations/{made['plan']}")["state"] == "done", "the end of the plan")


async def _to(live: Live, permit: str) -> None:
    """Put the cursor on the outcome of an effect."""
    view = _view(live)

    def there() -> bool:
        rows = view.record.rows
        return any(view.record.go(n) for n, row in rows.items() if row["permit"] == permit and row["outcome"])

    await live.until(when=there)
    view.record.follow = False


async def test_a_marked_effect_is_made_good_once_and_nothing_else(
    box: Sandbox, gate: interlock.Gate, live: Live
) -> None:
    """The mark is of the effect, wherever the list went since; nothing is sent before the proof; the ledger has one."""
    pilot, before = live.pilot, len(_cancels(box))
    permit = _refund(gate, box, "A-1006")
    await _to(live, permit)
    await pilot.press("space")
    assert _view(live).permits() == (permit,)
    other = _refund(gate, box, "A-1007")
    await _to(live, other)
    await live.until("1 effect marked")
    live.clock.go(1.0)
    await pilot.press("M")
    await live.until("MAKE GOOD 1 effect", "NOTHING HAS HAPPENED YET", "1 of 1 would be carried out", permit)
    dialog = _box_in_front(live)
    plan = dialog.making.plan
    assert plan is not None
    assert [step["permit"] for step in plan["steps"]] == [permit]
    dialog.rearm()
    await pilot.press(*plan["digest"][-4:], "y")
    assert dialog.proof is not None
    assert dialog.proof.typed == "", "no key counts before 400 ms of focus"
    live.clock.go(0.5)
    for keys in (("y", "enter"), (*plan["digest"][-4:-1], "y"), ("backspace", "enter")):
        await pilot.press(*keys)
        assert not dialog.making.beginning
        assert (dialog.making.made, dialog.making.problem) == (None, "")
    assert dialog.proof.typed == plan["digest"][-4:-2]
    assert len(_cancels(box)) == before
    await pilot.press(*plan["digest"][-2:], "enter")
    assert dialog.making.made is None, "enter never confirms"
    await pilot.press("y")
    await live.until(when=lambda: dialog.making.made is not None)
    live.clock.go(0.5)
    await live.until("DONE: 1 of 1 made good", f"key c-{permit}", "in run r-")
    assert _cancels(box)[before:] == [f"c-{permit}"]
    await pilot.press("q")
    await live.until("3:audit", "1 effect marked", "DONE: 1 of 1 made good")
    await pilot.press("M")
    await live.until("DONE  refund (write)", "no step can be carried out: there is nothing to confirm")
    live.clock.go(0.5)
    await pilot.press(*plan["digest"][-4:], "y", "q")
    assert _cancels(box)[before:] == [f"c-{permit}"]


async def test_a_person_says_what_became_of_a_lost_call(
    box: Sandbox, gate: interlock.Gate, live: Live
) -> None:
    """It is counted in line 1 and stands in the inbox; a choice and a reason are needed; then it is gone from both."""

    @gate.tool(cls="write")
    def lose(what: str) -> Json:
        raise ConnectionResetError(f"the line broke over {what}")

    with (
        gate.run(agent="support", role="support-agent", goal="lose it") as run,
        pytest.raises(ConnectionResetError),
    ):
        lose("a refund")
    pilot = live.pilot
    await live.until("CALLS? 1")
    live.clock.go(1.5)
    await pilot.press("u")
    await live.until("UNKNOWN 1", "no probe", run.id, '{"what":"a refund"}')
    await pilot.press("P")
    await live.until("no probe is declared for 'lose'; look downstream, then mark it by hand")
    await pilot.press("H")
    await live.until("BY HAND p-", "how you know is missing")
    dialog = pilot.app.screen
    assert isinstance(dialog, HandDialog)
    live.clock.go(0.5)
    await pilot.press("y", "enter", "f", "y", "enter", "i")
    assert pilot.app.screen is not dialog
    await pilot.press(*"the bank has none", "enter")
    await live.until("*f NOTHING HAPPENED", "the bank has none")
    assert len(box.hub.get("/v1/unknowns")["unknowns"]) == 1, "nothing is written before y"
    live.clock.go(0.5)
    await pilot.press("y")
    live.clock.go(1.5)
    await live.until("nothing happened, as", "the bank has none", "nothing is unknown")
    assert box.hub.get("/v1/unknowns")["unknowns"] == []
    found = box.hub.get(f"/v1/audit?run={run.id}&kind=reconciled")["entries"]
    assert [(each["outcome"], each["why"]) for each in found] == [("failed", "the bank has none")]


async def test_the_entry_leads_to_its_run_and_back_and_every_key_is_told(
    box: Sandbox, gate: interlock.Gate, live: Live
) -> None:
    """t opens the run where the effect happened, M there plans the whole run, h lists the plans with their receipts."""
    _made_good(box, _refund(gate, box, "A-1010"))
    permit = _refund(gate, box, "A-1008")
    await _to(live, permit)
    await live.pilot.press("t")
    await live.until("WRITE", "refund amount=12.5", permit)
    await live.pilot.press("M")
    await live.until("MAKE GOOD every effect of r-", "1 of 1 would be carried out")
    live.clock.go(0.5)
    await live.pilot.press("q", "q", "h")
    await live.until("plans", "1 of 1 made good", "DONE  refund (write)")
    await live.pilot.press("q", "v")
    await live.until("chain unbroken to", "checked at this console, with every entry before it")
