"""A payment that goes through and says so far too late: the agent does not repeat it; a probe finds it."""

from interlock.errors import CallTimedOut
from interlock.gameday.agent.shift import Shift

__all__ = ["AGENT", "ORDER", "work"]

AGENT = "payouts"
ORDER = "A-1020"


def work(shift: Shift) -> None:
    """Pay A-1020 back once, whose payment acts at once and answers in ten minutes."""
    row = shift.till.lookup(ORDER)
    goal = f"Pay {ORDER} ({row['item']}) back to {row['customer']}"
    with shift.run(AGENT, "payout-agent", goal, f"{ORDER} is paid back once") as run:
        shift.learns(shift.desk.lookup_order(ORDER))
        shift.thinks(run, "refund", **row)
        try:
            shift.learns(shift.desk.refund(ORDER, row["amount"]))
        except CallTimedOut as error:
            shift.learns(f"tool error: {error}")
            shift.thinks(run, "unsure", order=ORDER)
            run.finish(
                "failed", "it may be paid; somebody has to find out before it is paid again", error=error
            )
            return
        run.finish("done", f"{ORDER} is paid back")
