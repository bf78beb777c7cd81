"""A quoting agent on a broken tool: the carrier answers 200 with no quotes in it, and the agent asks again for ever."""

from interlock.gameday.agent.shift import Shift

__all__ = ["ROLE", "work"]

ROLE = "quote-agent"
_BOOK = 40


def work(shift: Shift) -> None:
    """Quote the shipping of one order until somebody stops it. Nothing it calls ever fails."""
    order = f"A-{2001 + shift.share[0] % _BOOK}"
    row = shift.till.lookup(order)
    goal = f"Quote the shipping of {order} ({row['item']}) for {row['customer']}"
    with shift.run("quotes", ROLE, goal, "the customer has a price for the shipping") as run:
        shift.hears(run, f"What would it cost to send {order} to my office?", row["customer"])
        shift.learns(shift.desk.lookup_order(order))
        while True:
            run.check_cancelled()
            shift.thinks(run, "quote", **row)
            shift.learns(shift.desk.shipping_quote(order))
            shift.rests(0.5, 2.0)
