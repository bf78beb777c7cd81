"""``:approve e-12ab``: open the card of a call that waits. It is read, and approved, there."""

from functools import partial

from interlock_console.colon import Colon
from interlock_console.colon._asks import opened, waiting

COMMAND = Colon(
    ("approve",),
    "open the card of a call that waits; it is approved there",
    "approve ID",
    partial(opened, reject=False),
    acting=True,
    completes=waiting,
)
