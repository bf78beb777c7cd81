"""Large claims: one is beyond what anybody here may pay, one is a person's to decide; the agent goes on from both."""

from interlock.errors import CallRefused
from interlock.gameday import letters
from interlock.gameday.agent.shift import Shift
from interlock.gate import Run

__all__ = ["AGENT", "ASKED", "DENIED", "work"]

AGENT = "claims"
DENIED, ASKED = "A-1019", "A-1018"
"""Orders of more than a claims agent may pay back at all, and of more than it may without a person."""


def work(shift: Shift) -> None:
    """Settle both, as far as it may."""
    goal = f"Settle the large claims of {DENIED} and {ASKED}"
    with shift.run(AGENT, "claims-agent", goal, "what is owed and allowed is refunded once") as run:
        paid = [order for order in (DENIED, ASKED) if _settled(shift, run, order)]
        run.finish("done", f"refunded: {', '.join(paid) or 'nothing'}; the rest is left to a person")


def _settled(shift: Shift, run: Run, order: str) -> bool:
    row = shift.till.lookup(order)
    shift.hears(run, letters.request(row), row["customer"])
    row = shift.desk.lookup_order(order)
    shift.learns(row)
    shift.thinks(run, "claim", **row)
    try:
        shift.learns(shift.desk.refund(order, row["amount"]))
    except CallRefused as error:
        shift.learns(f"tool error: {error}")
        shift.thinks(run, "refused", **row)
        return False
    shift.thinks(run, "settled", **row)
    return True
