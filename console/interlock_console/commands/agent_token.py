"""``interlock agent-token``: tokens for gates, each for one agent in one role, with the operator who asks for it."""

from argparse import ArgumentParser, Namespace

from interlock_console.commands._access import add_acting, add_life, list_tokens, make, revoke
from interlock_console.commands._common import add_hub_options

HELP = "make a token for an agent in a role, list them, or revoke one"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="new|list|revoke")
    new = what.add_parser("new", help="make a token; agents take it from INTERLOCK_AGENT_TOKEN")
    new.add_argument("--agent", metavar="GLOB", required=True, help="the agent's name, or several by * and ?")
    new.add_argument("--role", metavar="ROLE", required=True, help="the role its runs have, exactly")
    new.add_argument(
        "--owner",
        metavar="NAME",
        required=True,
        help="the operator who asks for what it does: never its approver",
    )
    add_life(new)
    add_acting(new, why=False)
    add_hub_options(what.add_parser("list", help="print agents' tokens, the newest first"))
    end = what.add_parser("revoke", help="let a token open nothing any more; its gates are closed")
    end.add_argument("token", metavar="TOKEN", help="its id, a-..; never the token itself")
    add_acting(end)


def run(args: Namespace) -> int:
    """Do it."""
    if args.what == "new":
        return make(args, "/v1/agent-tokens", {"agent": args.agent, "role": args.role, "owner": args.owner})
    return revoke(args) if args.what == "revoke" else list_tokens(args, "agent")
