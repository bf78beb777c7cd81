"""``interlock claim``: take a run in hand, or let it go. It stops nobody; it says who is at it."""

from argparse import ArgumentParser, Namespace

from interlock_console.commands._common import add_hub_options, add_who
from interlock_console.commands._hands import ask

HELP = "take a run in hand, so that others see who is at it"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("run", metavar="RUN", help="a run, or a unique beginning of its id")
    parser.add_argument("--release", action="store_true", help="let it go instead")
    parser.add_argument(
        "--take", action="store_true", help="also where somebody else has it; that is recorded"
    )
    parser.add_argument("--note", metavar="TEXT", default="", help="why, or what comes next; it is recorded")
    add_who(parser)
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Claim or release, and print who has it. Exit 1 where somebody else has it."""
    return ask(args, "claim", {"claim": not args.release, "take": args.take, "note": args.note})
