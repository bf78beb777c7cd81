"""An agent that dies without a word, in the middle of a refund that happens all the same a little later."""

import os
import threading

from interlock.gameday.agent.shift import Shift

__all__ = ["work"]

_ORDER = "A-1014"
_LAST_SECONDS = 0.8


def work(shift: Shift) -> None:
    """Start to refund A-1014, and be gone before the payment has acted."""
    row = shift.till.lookup(_ORDER)
    with shift.run(
        "billing", "refund-agent", f"Refund {_ORDER} and close the ticket", "refunded once"
    ) as run:
        shift.hears(run, "I returned the bowl and would like my money back.", row["customer"])
        shift.thinks(run, "read", **row)
        shift.learns(shift.desk.lookup_order(_ORDER))
        shift.thinks(run, "refund", **row)
        threading.Timer(_LAST_SECONDS, os._exit, (1,)).start()
        shift.desk.refund(_ORDER, row["amount"])
