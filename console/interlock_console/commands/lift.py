"""``interlock lift``: a standing order ends, and whoever it alone held goes on. Killed runs stay killed."""

import secrets
import sys
from argparse import ArgumentParser, Namespace

from interlock.errors import ConfigError
from interlock_console.client import segment
from interlock_console.commands import _summary
from interlock_console.commands._common import add_hub_options, add_who, at_production, connect_to_act
from interlock_console.commands._orders import reason
from interlock_console.output import Exit, dump, line

HELP = "end a standing order; it asks for the last four characters of the order's id"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("order", metavar="ORDER", help="the order's whole id; 'interlock orders' lists them")
    parser.add_argument("--reason", metavar="TEXT", type=reason, required=True, help="why; it is recorded")
    parser.add_argument(
        "--proof", metavar="LAST4", help="the last four characters of the order's id; otherwise asked for"
    )
    add_who(parser)
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Show the order, ask for the proof, lift it, and say how many runs go on."""
    client = connect_to_act(args)
    path = f"/v1/orders/{segment(args.order)}"
    if not args.proof and not args.json:
        print(_summary.text(client.get(f"{path}/summary")), file=sys.stderr)
    body = {"proof": args.proof or _typed(args.json), "reason": args.reason}
    # Nothing is printed before it is lifted: a reader that went away would end the command halfway, without a word.
    answer = client.post(f"{path}/lift", body, {"Idempotency-Key": secrets.token_hex(16)})
    if args.json:
        dump(answer)
        return Exit.OK
    said = at_production(client.hub.context)
    print(f"{said}\n" * bool(said) + _summary.text(answer["lifted"]))
    print(f"lifted, and on record; {answer['resumed']} run{'s' * (answer['resumed'] != 1)} go on")
    if answer.get("order"):
        print(f"what goes on goes by {line(answer['order'])}")
    return Exit.OK


def _typed(as_json: bool) -> str:
    if as_json or not sys.stdin.isatty():
        raise ConfigError(
            "nothing was lifted", fix="give --proof, the last four characters of the order's id"
        )
    print("type the last four characters of its id to lift it: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
