"""Writes to a colleague, which it may, and to somebody outside whom its goal never named, which a person decides."""

from interlock.errors import CallRefused
from interlock.gameday.agent.shift import Shift

__all__ = ["AGENT", "OUTSIDE", "work"]

AGENT = "suppliers"
OUTSIDE = "claims@swift-parcels.example"
_ORDER, _HOUSE = "A-1011", "warehouse@acme.example"


def work(shift: Shift) -> None:
    """Ask the warehouse about a late parcel, then its carrier."""
    row = shift.till.lookup(_ORDER)
    goal = f"Find out why {_ORDER} ({row['item']}) is late, and let the warehouse know"
    with shift.run(AGENT, "supplier-desk", goal, "the warehouse knows why") as run:
        shift.thinks(run, "read", **row)
        shift.learns(shift.desk.lookup_order(_ORDER))
        shift.learns(shift.desk.send_email(_ORDER, _HOUSE, f"{_ORDER} is late. Did it leave the house?"))
        shift.thinks(run, "outside", to=OUTSIDE, **row)
        about = f"{_ORDER}, {row['item']}, for {row['customer']} <{row['email']}>: where is it?"
        try:
            shift.learns(shift.desk.send_email(_ORDER, OUTSIDE, about))
        except CallRefused as error:
            shift.learns(f"tool error: {error}")
            shift.thinks(run, "refused", **row)
            run.finish("done", "the warehouse knows; the carrier was not asked")
            return
        run.finish("done", "the warehouse knows, and the carrier is asked")
