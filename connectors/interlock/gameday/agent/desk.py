"""The tools the agents have, behind the gate. Each call's permit goes down to the ledger as its idempotency key."""

from typing import Any, NamedTuple

from interlock.errors import GateError
from interlock.gameday.till import Till
from interlock.gate import Gate, current

__all__ = ["REFUND_SECONDS", "Desk"]

Json = dict[str, Any]

REFUND_SECONDS = 2.0
"""After so long a refund is given up on. It may have happened all the same."""


class _Vouched(NamedTuple):
    run: str
    permit: str


class Desk:
    """One agent's tools."""

    def __init__(self, gate: Gate, till: Till) -> None:
        @gate.tool(cls="read")
        def lookup_order(order_id: str) -> Json:
            return till.lookup(order_id)

        @gate.tool(cls="read")
        def find_refund(order_id: str) -> Json:
            row = till.lookup(order_id)
            return {"order": order_id, "refunded": row["refunded"]}

        @gate.tool(cls="write", timeout=REFUND_SECONDS)
        def refund(order_id: str, amount: float) -> Json:
            return till.refund(order_id, amount, **_vouched("refund")._asdict())

        @gate.tool(cls="write")
        def change_order(order_id: str, status: str) -> Json:
            return till.change(order_id, status, **_vouched("change_order")._asdict())

        @gate.tool(cls="danger")
        def send_email(order_id: str, to: str, body: str) -> Json:
            return till.mail(order_id, to, body, **_vouched("send_email")._asdict())

        self.lookup_order, self.find_refund = lookup_order, find_refund
        self.refund, self.change_order, self.send_email = refund, change_order, send_email


def _vouched(tool: str) -> _Vouched:
    """Return the run and the permit of the call that is in its tool's body now: the newest of that tool."""
    run = current()
    permits = (
        [call.permit for call in run.member.in_flight() if call.tool == tool and call.permit] if run else []
    )
    if run is None or not permits:
        raise GateError(run.id if run else "", tool, "no permit is in flight for it")
    return _Vouched(run.id, permits[-1])
