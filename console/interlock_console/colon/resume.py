"""``:resume``: let paused runs go on; of many in waves."""

from interlock_console import acts
from interlock_console.colon._acting import acting

COMMAND = acting("resume", "let go on", lambda view: acts.order(view, "resume"))
