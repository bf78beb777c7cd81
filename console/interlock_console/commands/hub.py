"""``interlock hub``: the control plane, as a process of its own."""

from argparse import Namespace

from interlock_console.commands._execute import become

HELP = "start a hub in the foreground (--data DIR, --listen HOST:PORT, --ready-file F)"


def run(args: Namespace) -> int:
    """Become the hub."""
    return become("interlock.hub", args.rest, needs="uvicorn", extra="hub")
