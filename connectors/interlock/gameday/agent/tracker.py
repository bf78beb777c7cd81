"""Follows parcels at a carrier whose service comes and goes: the gate repeats, then leaves it alone for a while."""

from typing import Any

from interlock.errors import CircuitOpen
from interlock.gameday.agent.shift import Shift
from interlock.gameday.till import TillRefused
from interlock.gate import Run

__all__ = ["AGENT", "work"]

AGENT = "parcels"
_ORDERS = tuple(f"A-{n}" for n in range(1001, 1013))


def work(shift: Shift) -> None:
    """Go round the parcels that are on their way, for as long as nobody stops it."""

    @shift.gate.tool(cls="read")
    def track_parcel(order_id: str) -> dict[str, Any]:
        return shift.till.track(order_id)

    with shift.run(AGENT, "parcel-tracker", "Know where the morning's parcels are", "all are found") as run:
        was = ""
        for n in range(1_000_000):
            run.check_cancelled()
            order = _ORDERS[n % len(_ORDERS)]
            try:
                shift.learns(track_parcel(order))
                now = "tracked"
            except CircuitOpen as error:
                shift.learns(f"tool error: {error}")
                now = "open"
            except TillRefused as error:
                shift.learns(f"tool error: {error}")
                now = "away"
            _says(shift, run, order, now if now != was else "")
            was = now
            shift.rests(1.0, 2.0)


def _says(shift: Shift, run: Run, order: str, situation: str) -> None:
    if situation:
        shift.thinks(run, situation, order=order)
    # Nobody needs yesterday's parcels to follow today's.
    del shift.messages[1:-40]
