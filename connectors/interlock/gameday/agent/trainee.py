"""A role that is new and in shadow: all is checked, nothing is done, and it reads what it would have changed."""

from typing import Any

from interlock.gameday import letters
from interlock.gameday.agent.shift import Shift
from interlock.gate import Run

__all__ = ["AGENT", "ORDER", "work"]

AGENT = "trainee"
ORDER = "A-1021"


def work(shift: Shift) -> None:
    """Refund a return, see that it is refunded, and write to the customer; the ledger hears of none of it."""
    row = shift.till.lookup(ORDER)
    with shift.run(AGENT, "returns-trainee", letters.goal(row), f"{ORDER} is refunded once") as run:
        shift.hears(run, letters.request(row), row["customer"])
        row = shift.desk.lookup_order(ORDER)
        shift.learns(row)
        # Out of shadow its refund is real, and the next run of it finds the order paid.
        if not row["refunded"]:
            row = _refunds(shift, run, row)
        shift.thinks(run, "mail", **row)
        body = letters.reply(row, row["refunded"])
        shift.desk.send_email(ORDER, row["email"], body)
        run.finish("done", body)
    shift.rests(20.0, 40.0)


def _refunds(shift: Shift, run: Run, row: dict[str, Any]) -> dict[str, Any]:
    """Refund what is owed, and return the order as it reads afterwards."""
    shift.thinks(run, "refund", **row)
    shift.learns(shift.desk.refund(ORDER, row["amount"]))
    shift.learns(shift.desk.change_order(ORDER, "refunded"))
    row = shift.desk.lookup_order(ORDER)
    shift.learns(row)
    return row
