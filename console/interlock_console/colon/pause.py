"""``:pause``: hold the next tool or model call of one run or of many."""

from interlock_console import acts
from interlock_console.colon._acting import acting

COMMAND = acting("pause", "hold the next call", lambda view: acts.order(view, "pause"))
