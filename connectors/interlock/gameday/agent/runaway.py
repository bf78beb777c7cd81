"""The runaway: refunds one order again and again, convinced each time, and swallows every error as frameworks do."""

from interlock.gameday.agent.shift import Shift

__all__ = ["AGENT", "work"]

AGENT = "refunds"
_ORDER = "A-1009"


def work(shift: Shift) -> None:
    """Refund A-1009 until somebody stops it."""
    success = f"the refund of {_ORDER} is settled"
    goal = f"Settle the open refund of {_ORDER}: the customer has written three times"
    with shift.run(AGENT, "refund-agent", goal, success) as run:
        shift.hears(run, f"This is the third time I ask. Where is my money for {_ORDER}?", "Hannah Lindqvist")
        row = shift.desk.lookup_order(_ORDER)
        shift.learns(row)
        attempt = 0
        while True:
            attempt += 1
            try:
                shift.thinks(run, "again", n=attempt, **row)
                shift.learns(shift.desk.refund(_ORDER, row["amount"]))
            except Exception as error:  # noqa: BLE001 - this is the fault that is shown here
                shift.learns(f"tool error: {error}, retrying")
                shift.rests(0.1, 0.2)
