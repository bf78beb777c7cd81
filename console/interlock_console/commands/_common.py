"""The options every command shares, and the hub they lead to."""

from argparse import ArgumentParser, Namespace

from interlock_console.client import Client, find_hub, read_only, segment
from interlock_console.contexts import Context
from interlock_console.output import line

__all__ = [
    "add_context_option",
    "add_hub_options",
    "add_who",
    "at_production",
    "connect",
    "connect_to_act",
    "resolve",
]

_FULL = 18


def add_hub_options(parser: ArgumentParser, json: bool = True) -> None:
    """Add ``--context``, ``--url``, ``--token-file`` and, unless told otherwise, ``--json``."""
    add_context_option(parser)
    parser.add_argument(
        "--url", metavar="URL", help="the hub; otherwise INTERLOCK_URL, otherwise the context in use"
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        help="a private file with the operator token; otherwise INTERLOCK_TOKEN, or the context's own",
    )
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def add_context_option(parser: ArgumentParser) -> None:
    """Add ``--context`` alone."""
    parser.add_argument(
        "--context",
        metavar="NAME",
        help="the hub that 'interlock context' knows by this name; 'local' is the one of this machine",
    )


def add_who(parser: ArgumentParser) -> None:
    """Add ``--as``, for what changes something."""
    parser.add_argument(
        "--as",
        dest="who",
        metavar="NAME",
        default="",
        help="who you are, kept beside the token's operator; otherwise INTERLOCK_WHO, otherwise your login",
    )


def connect(args: Namespace) -> Client:
    """Return a client for the hub the options name. Raises ConfigError or HubUnavailable."""
    return Client(find_hub(args.url, args.token_file, context=args.context))


def connect_to_act(args: Namespace) -> Client:
    """Return a client for a command that changes something. Raises ConfigError in a read-only context too."""
    hub = find_hub(args.url, args.token_file, context=args.context)
    client = Client(hub._replace(who=args.who))
    if client.hub.context.read_only:
        raise read_only(client.hub.context)
    return client


def at_production(context: Context) -> str:
    """Return the line an acting command prints first where it acts on production, else nothing."""
    return f"PRODUCTION {line(context.name)} at {line(context.url)}" if context.production else ""


def resolve(client: Client, run: str) -> str:
    """Return the full id of a run given by a unique prefix. Raises NotFound."""
    if len(run) == _FULL:
        return run
    return str(client.get(f"/v1/runs/{segment(run)}")["run"]["run"])
