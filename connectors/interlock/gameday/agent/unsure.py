"""An agent whose refund runs out of time after it acted: it does not know, does not repeat, and reads until it does."""

from interlock.errors import CallTimedOut
from interlock.gameday.agent.shift import Shift
from interlock.gate import Run

__all__ = ["work"]

_ORDER = "A-1013"


def work(shift: Shift) -> None:
    """Refund A-1013, whose payment acts at once and answers much later."""
    row = shift.till.lookup(_ORDER)
    with shift.run("returns", "refund-agent", f"Refund {_ORDER}: the parcel is back", "refunded once") as run:
        shift.thinks(run, "refund", **row)
        try:
            shift.learns(shift.desk.refund(_ORDER, row["amount"]))
        except CallTimedOut as error:
            shift.learns(f"tool error: {error}")
            _wait(shift, run, row["order"])
        run.finish("done", f"{_ORDER} is refunded once")
    shift.rests(20.0, 30.0)


def _wait(shift: Shift, run: Run, order: str) -> None:
    """Look until nothing of the refund is in the air any more."""
    while run.member.in_flight():
        run.check_cancelled()
        shift.thinks(run, "unsure", order=order)
        shift.learns(shift.desk.find_refund(order))
        shift.rests(2.0, 3.0)
        shift.learns(shift.desk.lookup_order(order))
