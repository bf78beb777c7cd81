"""``interlock replay``: recorded runs, played again as live agents through the gate."""

from argparse import Namespace

from interlock_console.commands._execute import become

HELP = "play recorded runs as live agents (FILE..., --speed N|max, --limit N)"


def run(args: Namespace) -> int:
    """Become the player."""
    return become("interlock.adapters.replay", args.rest, needs="websockets", extra="hub")
