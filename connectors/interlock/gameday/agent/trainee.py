"""A role that is new and in shadow: all is checked, nothing is done, and it reads what it would have changed."""

from interlock.gameday import letters
from interlock.gameday.agent.shift import Shift

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
        shift.thinks(run, "refund", **row)
        shift.learns(shift.desk.refund(ORDER, row["amount"]))
        shift.learns(shift.desk.change_order(ORDER, "refunded"))
        row = shift.desk.lookup_order(ORDER)
        shift.learns(row)
        shift.thinks(run, "mail", **row)
        body = letters.reply(row, row["refunded"])
        shift.desk.send_email(ORDER, row["email"], body)
        run.finish("done", body)
    shift.rests(20.0, 40.0)
