"""``interlock note``: write something down about a run. It goes into the record and into the run's trace."""

from argparse import ArgumentParser, Namespace

from interlock_console.commands._common import add_hub_options, add_who
from interlock_console.commands._hands import ask

HELP = "write something down about a run"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("run", metavar="RUN", help="a run, or a unique beginning of its id")
    parser.add_argument("text", metavar="TEXT", help="at most 2,000 characters")
    add_who(parser)
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Keep the note and print how many there are."""
    return ask(args, "notes", {"text": args.text})
