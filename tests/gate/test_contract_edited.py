"""Contracts of calls that a person edited: what counts is what runs."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from interlock import Gate, Run
from interlock.errors import OverBudget
from tests.gate.ruled import Agent
from tests.support.hublet import Hublet

CONTRACT = {"class": "write", "money": {"arg": "amount", "at_most": "50 per run"}, "rate": "2 per run"}


def _tool(gate: Gate, how: str, paid: list[float]) -> Callable[[float], Any]:
    """Return a tool that pays, made in one of the three ways, for a thread to call."""
    contract = CONTRACT | ({"timeout": "20s"} if how == "threaded" else {})
    if how == "awaited":

        @gate.tool(contract=contract)
        async def arefund(amount: float) -> None:
            paid.append(amount)

        return lambda amount: asyncio.run(_awaited(arefund, amount))

    @gate.tool(contract=contract)
    def refund(amount: float) -> None:
        paid.append(amount)

    return refund


async def _awaited(tool: Callable[[float], Any], amount: float) -> None:
    await tool(amount)


@pytest.mark.parametrize("how", ["blocking", "threaded", "awaited"])
def test_money_is_counted_as_it_was_edited(
    hub: Hublet, gate: Gate, opened: Callable[[], Run], how: str
) -> None:
    """Past the limit by an edit: nothing runs, the call has failed, and what it took is there again."""
    paid: list[float] = []
    refund = _tool(gate, how, paid)
    hub.rule(None, ({"fleet": True}, "ask"))
    with opened() as run:
        hub.wait(lambda: run.link.rules.dials, "the dial")
        agent = Agent(run, lambda: refund(40.0)).start()
        hub.approve(hub.waiting(), '{"amount":80.0}')
        assert isinstance(agent.end().error, OverBudget)
        hub.wait(lambda: not run.member.flying, "it is in flight")
        assert paid == []
        agent = Agent(run, lambda: refund(40.0)).start()
        hub.approve(hub.waiting(2), '{"amount":50.0}')
        assert agent.end().error is None
        assert isinstance(Agent(run, lambda: refund(0.5)).start().end().error, OverBudget)
    gate.close(20)
    assert paid == [50.0]
    ends = [event["outcome"] for event in hub.told(run.id, "tool.finished")]
    assert ends == ["failed", "done"]
