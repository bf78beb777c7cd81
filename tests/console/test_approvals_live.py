"""The card against a real hub and a real gate: approve, edit, reject, two people, and how the call ended."""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import interlock
from interlock.errors import Rejected
from interlock_console.screens.approvals_card import CardDialog
from tests.console.live import Live, console
from tests.console.looks import WIDE
from tests.console.test_linear import piped
from tests.gameday.sandbox import until
from tests.gate.ruled import Agent
from tests.hub.server.staff import good, made
from tests.support.afterwards import reject_all
from tests.support.hubs import HubProcess

POLICY = """
version: 1
tools:
  refund: {class: write, compensate: {tool: cancel, args: {refund_id: "result.refund"}}}
  cancel: {class: write}
  wire: {class: danger, compensate: none}
roles:
  clerk:
    default: deny
    tools:
      refund: {args: {order_id: string, amount: "> 0, <= 200"}, ask_when: {amount: "> 100"}}
      wire: ask
  pair:
    default: deny
    tools: {wire: ask}
    approvals: {needs: 2}
"""

Call = Callable[..., Agent]


@pytest.fixture(scope="module", autouse=True)
def _ruled(hub: HubProcess) -> None:
    """The policy that asks."""
    good(hub, "/v1/policy", {"source": POLICY, "reason": "a test says so"})


@pytest.fixture(name="ask")
def _ask(hub: HubProcess, gate: interlock.Gate) -> Iterator[Call]:
    """Start a run whose call waits for a person; whatever waits at the end of the test is rejected."""

    @gate.tool(cls="write")
    def refund(order_id: str, amount: float) -> dict[str, Any]:
        return {"refund": f"F-{order_id}", "amount": amount}

    @gate.tool(cls="danger")
    def wire(iban: str) -> str:
        raise RuntimeError(f"the bank refused {iban} \x1b]0;boo\x07")

    tools: dict[str, Callable[..., Any]] = {"refund": refund, "wire": wire}

    def start(role: str, tool: str, **args: Any) -> Agent:
        run = gate.run(agent="refunds", role=role, goal="refund A-1009")
        # It stays open: in a context of its own, or it would be the run of every test that comes after.
        contextvars.copy_context().run(run.__enter__)
        begun.append(Agent(run, lambda: tools[tool](**args)).start())
        return begun[-1]

    def over() -> bool:
        """Reject what waits, also what comes to the hub only now; return whether no call waits any more."""
        if all(agent.ended for agent in begun):
            return True
        reject_all(hub)
        return False

    begun: list[Agent] = []
    yield start
    until(over, "the end of each call that waited")


async def press(live: Live, *keys: str) -> None:
    """Press keys one by one, as a hand does."""
    for key in keys:
        live.clock.go(0.5)
        await live.pilot.press(key)


async def card_of(live: Live, digit: str = "2") -> CardDialog:
    """Open the inbox, and the card of what stands first in it, and read it to the end."""
    await press(live, digit)
    await live.until("wait ", "WRITE" if digit == "2" else "DANGER")
    return await opened(live)


async def opened(live: Live) -> CardDialog:
    """Open the card under the cursor and read it to the end."""
    await press(live, "enter")
    await live.until("ARGUMENTS, decoded")
    card = live.pilot.app.screen
    assert isinstance(card, CardDialog)
    while not card.page.seen.all:
        await press(live, "space")
    return card


async def test_what_is_approved_runs_as_it_was_shown_and_its_result_is_on_the_card(
    hub: HubProcess, ask: Call
) -> None:
    """The fleet says ASKS; after y the card says ran, with the first line of the result, and the permit was used."""
    async with console(hub, WIDE) as live:
        agent = ask("clerk", "refund", order_id="A-1009", amount=180.0)
        await live.until("ASKS", "asks: refund")
        await card_of(live)
        await live.until("cancel is declared to make it good", "approve exactly this")
        await press(live, "y")
        await live.until("approved by", "; ran", '{"refund":"F-A-1009"')
        assert agent.end().result == {"refund": "F-A-1009", "amount": 180.0}


async def test_an_edit_runs_instead_and_one_that_the_policy_refuses_stays_in_hand(
    hub: HubProcess, ask: Call
) -> None:
    """Over the bound the hub's own words stand on the card; below it the edited call is what runs."""
    async with console(hub) as live:
        agent = ask("clerk", "refund", order_id="A-2", amount=150.0)
        card = await card_of(live)
        for amount, words in ((300, ("<= 200", "denied")), (120, ("; ran", '"amount":120'))):
            card.edit(f'{{"order_id": "A-2", "amount": {amount}}}', "")
            await live.until("YOUR ARGUMENTS")
            while not card.page.seen.all:
                await press(live, "space")
            await live.until("approve with YOUR arguments")
            await press(live, "y")
            await live.until(*words)
        assert agent.end().result == {"refund": "F-A-2", "amount": 120}


async def test_a_reject_ends_the_call_with_the_reason_at_the_agent(hub: HubProcess, ask: Call) -> None:
    """From the list: x, the reason, Enter; the agent gets it, and the list says who."""
    async with console(hub) as live:
        agent = ask("clerk", "refund", order_id="A-3", amount=199.0)
        await press(live, "2")
        await live.until("wait ", "WRITE", "199.0")
        await press(live, "x", *"too much", "enter")
        await live.until("rejected", "too much  by")
        error = agent.end().error
        assert isinstance(error, Rejected)
        assert "too much" in str(error)


async def test_danger_needs_the_digest_two_people_and_a_failure_is_said(hub: HubProcess, ask: Call) -> None:
    """One person's proof leaves it waiting and says for whom; the second one's lets it run; what failed is shown."""
    token = made(hub, "bo", "approver")
    async with console(hub) as live:
        agent = ask("pair", "wire", iban="DE00 0000")
        await press(live, "2")
        await live.until("DANGER", "[0 of 2]")
        card = await opened(live)
        found = card.found
        assert found is not None
        await press(live, "y")
        await live.until("type what is asked for first")
        await press(live, *str(found["digest"])[-4:], "y")
        await live.until("your vote is on record, 1 of 2")
        path = f"/v1/escalations/{found['id']}/approve"
        good(hub, path, {"digest": found["digest"], "args": None, "reason": ""}, token)
        said = await live.until("; failed", "the bank refused DE00 0000")
        assert "\x1b" not in said
        assert isinstance(agent.end().error, RuntimeError)


def test_by_ear_one_is_heard_in_full_approved_with_proof_and_another_is_rejected(
    hub: HubProcess, ask: Call
) -> None:
    """Anything but the proof leaves it waiting; the last four of the digest let danger run; its end is said."""
    one, other = ask("clerk", "wire", iban="DE11"), ask("clerk", "refund", order_id="A-9", amount=101.0)
    while len(found := hub.get("/v1/escalations")["escalations"]) < 2:
        time.sleep(0.02)
    proof = found[0]["digest"][-4:]
    said = piped(hub, f"asks\napprove 1\nyes\napprove 1\n{proof}\nreject 2\nreject 2 not today\nasks\nquit\n")
    assert "1. danger wire of refunds" in said
    assert said.count('iban = "DE11"') == 2
    assert (said.count("not approved"), said.count("say why")) == (1, 1)
    assert "; failed" in said
    assert "nothing waits" in said
    assert isinstance(one.end().error, RuntimeError)
    assert "not today" in str(other.end().error)
