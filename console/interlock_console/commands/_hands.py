"""What claim and note have in common: who says so, and what the hub answered."""

import os
from argparse import ArgumentParser, Namespace
from typing import Any
from urllib.parse import quote

from interlock_console.commands._common import at_production, connect_to_act, resolve
from interlock_console.output import Exit, dump, line

__all__ = ["add_who", "ask"]

Json = dict[str, Any]


def add_who(parser: ArgumentParser) -> None:
    """Add ``--as``."""
    parser.add_argument(
        "--as",
        dest="who",
        metavar="NAME",
        default=os.environ.get("INTERLOCK_WHO", ""),
        help="who you are, kept beside the token's operator; otherwise INTERLOCK_WHO",
    )


def ask(args: Namespace, what: str, body: Json) -> int:
    """Ask it of a run, print who has it in hand. Exit 0 once it is on disk, 3 if it acts and could not be written."""
    client = connect_to_act(args)
    headers = {"Interlock-Who": quote(args.who[:64], safe=" ")} if args.who.strip() else {}
    answer = client.post(f"/v1/runs/{resolve(client, args.run)}/{what}", body, headers)
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
