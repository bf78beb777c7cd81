"""``:reject e-12ab``: open the card of a call that waits, and the line for the reason, which the agent gets."""

from functools import partial

from interlock_console.colon import Colon
from interlock_console.colon._asks import opened, waiting

COMMAND = Colon(
    ("reject",),
    "reject a call that waits; asks for the reason",
    "reject ID",
    partial(opened, reject=True),
    acting=True,
    completes=waiting,
)
