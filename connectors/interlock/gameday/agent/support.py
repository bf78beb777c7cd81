"""A healthy support agent: reads the order, refunds what is owed, and writes to the customer."""

from typing import Any

from interlock.gameday import letters
from interlock.gameday.agent.shift import Shift
from interlock.gate import Run

__all__ = ["AGENT", "MORE_ORDERS", "ROLE", "handle", "work"]

AGENT, ROLE = "support", "support-agent"

_OWED = frozenset(("lost in transit", "delivered damaged", "returned"))
_TICKETS = (
    *("A-1007", "A-1002", "A-1003", "A-1001", "A-1005"),
    *("A-1016", "A-1011", "A-1012", "A-1004", "A-1010"),
)


MORE_ORDERS = 1000
"""Plain orders in the book of a big company: with more agents than tickets of the story, they share these."""


def work(shift: Shift) -> None:
    """Take the next ticket of this agent's share, and bring it to an end. No two agents share a ticket."""
    first, of = shift.share
    mine = _TICKETS[first::of] or tuple(f"A-{2001 + n}" for n in range(first, MORE_ORDERS, of))
    handle(shift, AGENT, mine[shift.done % len(mine)])
    shift.rests(2.0, 6.0)


def handle(shift: Shift, agent: str, order: str) -> None:
    """Answer one customer about one order, as a run of its own."""
    row = shift.till.lookup(order)
    success = f"the customer of {order} has a true answer, and what is owed is refunded once"
    with shift.run(agent, ROLE, letters.goal(row), success) as run:
        shift.hears(run, letters.request(row), row["customer"])
        shift.thinks(run, "read", **row)
        row = shift.desk.lookup_order(order)
        shift.learns(row)
        run.check_cancelled()
        _settle(shift, run, row)


def _settle(shift: Shift, run: Run, row: dict[str, Any]) -> None:
    order, refunded = row["order"], row["refunded"]
    if row["status"] in _OWED and not refunded:
        shift.thinks(run, "refund", **row)
        shift.learns(shift.desk.refund(order, row["amount"]))
        refunded = row["amount"]
        shift.learns(shift.desk.change_order(order, "refunded"))
        shift.thinks(run, "mail", **row)
    else:
        shift.thinks(run, "inform", **row)
    run.check_cancelled()
    body = letters.reply(row, refunded)
    shift.desk.send_email(order, row["email"], body)
    run.finish("done", body)
