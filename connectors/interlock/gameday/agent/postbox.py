"""Answers a letter that speaks to the model: its source is marked, and what the run does next a person decides."""

from typing import Any

from interlock.errors import CallRefused
from interlock.gameday import letters
from interlock.gameday.agent.shift import Shift

__all__ = ["AGENT", "work"]

AGENT = "postbox"
_ORDER = "A-1022"


def work(shift: Shift) -> None:
    """Read the letter, note the complaint at the order, and write back."""

    @shift.gate.tool(cls="read")
    def read_letter(order_id: str) -> dict[str, Any]:
        return shift.till.letter(order_id)

    row = shift.till.lookup(_ORDER)
    goal = f"Answer the letter of {row['customer']} about {_ORDER} ({row['item']})"
    with shift.run(AGENT, "letter-desk", goal, f"the customer of {_ORDER} has a true answer") as run:
        shift.thinks(run, "read", **row)
        shift.learns(read_letter(_ORDER))
        shift.thinks(run, "letter", **row)
        try:
            shift.learns(shift.desk.change_order(_ORDER, "open"))
            shift.thinks(run, "mail", **row)
            shift.desk.send_email(_ORDER, row["email"], letters.reply(row, 0.0))
        except CallRefused as error:
            shift.learns(f"tool error: {error}")
            shift.thinks(run, "refused", **row)
            run.finish("failed", "a person answers this letter", error=error)
            return
        run.finish("done", "the letter is answered")
