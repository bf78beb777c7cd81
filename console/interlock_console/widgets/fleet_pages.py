"""What stands where the fleet has nothing to list: loading, no hub, no runs, nothing that fits, all over."""

from interlock_console.state import Head
from interlock_console.widgets.fleet_table import FleetTable
from interlock_console.widgets.ink import Pieces, wrap

__all__ = ["empty"]

_WIDTH = 76
"""Cells of a sentence: it has to fit the smallest terminal the console is made for."""

_JOIN = (
    "import interlock",
    "gate = interlock.connect()   # finds the hub of this machine, else",
    "                             # INTERLOCK_URL and INTERLOCK_AGENT_TOKEN",
    'with gate.run(agent="refunds", role="support-agent", goal="...") as run:',
    '    run.reasoning("...")     # and @gate.tool(cls="write") on its tools',
)


def empty(table: FleetTable, head: Head, url: str) -> list[Pieces]:
    """Return the page for a table without rows to show."""
    if table.hidden_ended:
        return _lines(f"all {table.hidden_ended} runs that fit have ended", "e shows them")
    if table.sought and table.listed:
        return _lines("no run fits the filter", "/ changes it, esc in it clears it")
    if head.loaded:
        return [
            *_lines("no runs yet", "", f"the hub at {url} is up; an agent joins it like this:", ""),
            *([(f"      {line}", "key")] for line in _JOIN),
            *_lines("", "to see some without an agent of your own: interlock demo"),
        ]
    if head.link == "away":
        hint = "on this machine: interlock hub" if not head.problem.startswith("the hub") else ""
        told = head.problem.startswith("the hub")
        title = f"nothing from the hub at {url}" if told else f"no hub at {url}"
        return _lines(title, "", *wrap(f"{head.problem}; trying again", _WIDTH, 4), hint)
    came, parts = head.loading
    return _lines(f"loading the fleet from {url}{f', {came} of {parts} parts are here' if came else ''}")


def _lines(*texts: str) -> list[Pieces]:
    return [(), *([(f"  {text}", "text")] for text in texts)]
