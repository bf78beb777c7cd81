"""``interlock backup``: a copy of a hub's folder, taken while it works."""

from argparse import ArgumentParser, Namespace

from interlock_console.commands._audit_offline import beside
from interlock_console.finding import ready_file
from interlock_console.output import Exit, dump, line

HELP = "copy a hub's record and trace into one file, while it works"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("file", metavar="FILE", help="a new file; it is made with mode 0600")
    parser.add_argument("--data", metavar="DIR", help="the hub's data folder; otherwise the local hub's")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: Namespace) -> int:
    """Make it, and say what is in it."""
    folder = args.data or str(ready_file().parent)
    made = beside(["-m", "interlock.hub.backup", "make", folder, args.file], "back up", folder)
    if args.json:
        dump(made)
    else:
        print(f"{made['entries']} entries of the record, verified, in {line(made['file'])}")
        print("it holds every text of the trace: keep it where only you can read")
    return Exit.OK
