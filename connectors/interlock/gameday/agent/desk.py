"""The tools the agents have, behind the gate. Each call's permit goes down to the ledger as its idempotency key."""

from typing import Any, NamedTuple

from interlock.errors import GateError
from interlock.gameday.till import Till
from interlock.gate import Gate, current_call

__all__ = ["REFUND_SECONDS", "Desk", "known"]

Json = dict[str, Any]

REFUND_SECONDS = 2.0
"""After so long a refund is given up on. It may have happened all the same."""


class _Vouched(NamedTuple):
    run: str
    permit: str
    known_as: str = ""


class Desk:
    """One agent's tools."""

    def __init__(self, gate: Gate, till: Till) -> None:
        @gate.tool(cls="read")
        def lookup_order(order_id: str) -> Json:
            return till.lookup(order_id)

        @gate.tool(cls="read")
        def find_refund(order_id: str) -> Json:
            row = till.lookup(order_id)
            return {"order": order_id, "refunded": row["refunded"], "found": row["refunded"] > 0}

        @gate.tool(cls="read")
        def shipping_quote(order_id: str) -> Json:
            return till.quote(order_id)

        @gate.tool(cls="read")
        def export_customers(page: int) -> list[Json]:
            return till.customers(page)

        @gate.tool(cls="write", timeout=REFUND_SECONDS)
        def refund(order_id: str, amount: float) -> Json:
            return till.refund(order_id, amount, **known()._asdict())

        @gate.tool(cls="write")
        def change_order(order_id: str, status: str) -> Json:
            return till.change(order_id, status, **_vouched())

        @gate.tool(cls="danger")
        def send_email(order_id: str, to: str, body: str) -> Json:
            return till.mail(order_id, to, body, **_vouched())

        self.lookup_order, self.find_refund = lookup_order, find_refund
        self.shipping_quote, self.export_customers = shipping_quote, export_customers
        self.refund, self.change_order, self.send_email = refund, change_order, send_email


def _vouched() -> dict[str, str]:
    """Return the run and the permit of the call in whose body this is."""
    return {name: value for name, value in known()._asdict().items() if name != "known_as"}


def known() -> _Vouched:
    """Return the same, and the key by which the call is known downstream at every attempt."""
    call = current_call()
    if call is None or call.permit_id is None:
        raise GateError("", "the ledger", "nothing here has a permit")
    return _Vouched(call.run.id, call.permit_id, call.idempotency_key or "")
