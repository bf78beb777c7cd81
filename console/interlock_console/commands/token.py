"""``interlock token``: an operator's tokens. Each is told once; the hub keeps its digest alone."""

from argparse import ArgumentParser, Namespace

from interlock_console.client import segment
from interlock_console.commands._access import add_acting, add_life, list_tokens, make, revoke
from interlock_console.commands._common import add_hub_options

HELP = "make a token for an operator, list tokens, or revoke one within the second"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="new|list|revoke")
    new = what.add_parser("new", help="make a token; 'interlock context add' keeps it where it is used")
    new.add_argument("name", metavar="NAME", help="the operator's name")
    add_life(new)
    add_acting(new, why=False)
    add_hub_options(what.add_parser("list", help="print operators' tokens, the newest first"))
    end = what.add_parser("revoke", help="let a token open nothing any more: your own, or as an admin any")
    end.add_argument("token", metavar="TOKEN", help="its id, t-.. or a-..; never the token itself")
    add_acting(end)


def run(args: Namespace) -> int:
    """Do it."""
    if args.what == "new":
        return make(args, f"/v1/operators/{segment(args.name)}/tokens", {})
    return revoke(args) if args.what == "revoke" else list_tokens(args, "operator")
