"""What claim and note have in common: who says so, and what the hub answered."""

from argparse import Namespace
from typing import Any

from interlock_console.commands._common import at_production, connect_to_act, resolve
from interlock_console.output import Exit, dump, line

__all__ = ["ask"]

Json = dict[str, Any]


def ask(args: Namespace, what: str, body: Json) -> int:
    """Ask it of a run, print who has it in hand. Exit 0 once it is on disk, 3 if it acts and could not be written."""
    client = connect_to_act(args)
    answer = client.post(f"/v1/runs/{resolve(client, args.run)}/{what}", body)
    if args.json:
        dump(answer)
    else:
        warning = at_production(client.hub.context)
        print(*((warning,) if warning else ()), _said(answer), sep="\n")
    return Exit.EARLIER if answer["unrecorded"] else Exit.OK


def _said(answer: Json) -> str:
    by = line(answer["claimed_by"])
    hand = f"in the hands of {by}" if by else "in nobody's hands"
    late = "; UNRECORDED: it is written down once there is room" if answer["unrecorded"] else ""
    count = answer["notes"]
    return f"{line(answer['run'])} is {hand}, {count} note{'s' * (count != 1)}{late}"
