"""``interlock reject``: a call that waits for a person does not run, and its agent is told why."""

from argparse import ArgumentParser, Namespace

from interlock_console.client import segment
from interlock_console.commands import _escalation
from interlock_console.commands._common import add_hub_options, add_who, at_production, connect_to_act
from interlock_console.commands._orders import reason
from interlock_console.output import Exit, dump

HELP = "reject a call that waits; the agent gets your reason"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "escalation",
        metavar="ID",
        help="what waits, or a unique beginning of its id; 'interlock escalations' lists it",
    )
    parser.add_argument(
        "--digest",
        metavar="D",
        required=True,
        help="of what you read: all of it, or its first 8 characters or more",
    )
    parser.add_argument(
        "--reason",
        metavar="TEXT",
        type=reason,
        required=True,
        help="why; it is recorded, and the agent is told",
    )
    add_who(parser)
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Reject, and print what became of it. Exit 0 once it is on disk, 3 if it holds and could not be written."""
    client = connect_to_act(args)
    digest = _escalation.whole_digest(client, args.escalation, args.digest)
    path = f"/v1/escalations/{segment(args.escalation)}/reject"
    answer = client.post(path, {"digest": digest, "reason": args.reason})
    if args.json:
        dump(answer)
    else:
        warning = at_production(client.hub.context)
        print(*((warning,) if warning else ()), _escalation.decided(answer), sep="\n")
    return Exit.EARLIER if answer["unrecorded"] else Exit.OK
