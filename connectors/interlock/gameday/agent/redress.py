"""The tools that make a desk's effects good, or find out about them: what the company's back office offers the hub."""

from collections.abc import Callable
from typing import Any

from interlock.gameday.agent.desk import known
from interlock.gameday.agent.shift import Shift
from interlock.gameday.till import Till
from interlock.gate import Gate

__all__ = ["AGENT", "ROLE", "tools", "work"]

Json = dict[str, Any]
AGENT, ROLE = "back-office", "back-office"


def tools(gate: Gate, till: Till) -> list[Callable[..., Any]]:
    """Return them, behind this gate, for ``gate.serve(agent=AGENT, role=ROLE, tools=...)``."""

    @gate.tool(cls="write")
    def cancel_refund(refund_id: str) -> Json:
        return till.cancel(refund_id, **known()._asdict())

    @gate.tool(cls="read")
    def find_refund(key: str) -> Json:
        return till.find(key)

    return [cancel_refund, find_refund]


def work(shift: Shift) -> None:
    """Offer the tools for as long as the hub will have this process."""
    with shift.gate.serve(agent=AGENT, role=ROLE, tools=tools(shift.gate, shift.till)) as host:
        host.wait()
