"""``interlock restore``: a hub's folder out of a backup, as a new epoch."""

from argparse import ArgumentParser, Namespace

from interlock_console.commands._audit_offline import beside
from interlock_console.output import Exit, dump, line
from interlock_console.person import person

HELP = "bring a backup back into a new folder, as a new epoch"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("file", metavar="FILE", help="what 'interlock backup' made")
    parser.add_argument("--into", metavar="DIR", required=True, help="a folder that is not there, or empty")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why; it goes into the record")
    parser.add_argument(
        "--as", dest="who", metavar="NAME", default="", help="who you are; otherwise your login"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: Namespace) -> int:
    """Bring it back, and say what comes next."""
    by = args.who or person() or "operator"
    words = [
        "-m",
        "interlock.hub.backup",
        "restore",
        args.file,
        args.into,
        "--by",
        by,
        "--reason",
        args.reason,
    ]
    made = beside(words, "restore", args.file)
    if args.json:
        dump(made)
        return Exit.OK
    print(f"epoch {made['epoch']} begins after entry {made['from']['n']} in {line(made['folder'])}")
    print("start a hub on it: every run is paused until you lift that, and what waited for approval is void")
    print("every token of the backup is revoked: operator.token and agent.token of the new folder open it")
    print("roles and dials are those of the backup: look what was taken or turned down since")
    return Exit.OK
