"""``interlock doctor``: is everything here as it must be for a stop to be trusted, and what to do where it is not."""

from argparse import ArgumentParser, Namespace

from interlock_console.checkup import BAD, WARN, Asked, checks
from interlock_console.commands._common import add_hub_options
from interlock_console.output import Exit, columns, dump, line

HELP = "check this machine, the terminal, the files, the context and the hub, with a fix for each"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("--strict", action="store_true", help="exit 1 for a warning too")
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Print one line a check, or ``{"ok", "checks": [...]}``. Exit 0 if nothing is bad, 1 otherwise."""
    found = checks(Asked(args))
    failing = {BAD, WARN} if args.strict else {BAD}
    good = not any(check.state in failing for check in found)
    if args.json:
        dump({"ok": good, "checks": [check._asdict() for check in found]})
        return Exit.OK if good else Exit.FAILED
    rows = [
        (check.state.upper() if check.fix else check.state, check.name, line(check.said)) for check in found
    ]
    for row, check in zip(columns(rows).splitlines(), found, strict=True):
        print(row)
        if check.fix and check.state != "ok":
            print(f"      fix: {line(check.fix)}")
    count = sum(check.state == BAD for check in found), sum(check.state == WARN for check in found)
    print(f"{count[0]} bad, {count[1]} to be looked at, {len(found)} checks")
    return Exit.OK if good else Exit.FAILED
