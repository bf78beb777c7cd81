"""``interlock demo``: the sandbox company with its agents, a hub and the console, on this machine."""

from argparse import Namespace

from interlock_console.commands._execute import become

HELP = "start the sandbox company: ledger, hub, agents and console (--agents N, --replay FILE..., --seed N, --keep)"


def run(args: Namespace) -> int:
    """Become the sandbox."""
    return become("interlock.gameday", args.rest, needs="uvicorn", extra="all")
