"""``:kill``: freeze runs at once and ask, or ask first whom of many it is about."""

from interlock_console import acts
from interlock_console.colon._acting import acting

COMMAND = acting("kill", "freeze and ask", acts.kill)
