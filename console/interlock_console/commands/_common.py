"""The options every command shares, and the hub they lead to."""

from argparse import ArgumentParser, Namespace

from interlock_console.client import Client, find_hub, segment

__all__ = ["add_hub_options", "connect", "resolve"]

_FULL = 18


def add_hub_options(parser: ArgumentParser, json: bool = True) -> None:
    """Add ``--url``, ``--token-file`` and, unless told otherwise, ``--json``."""
    parser.add_argument(
        "--url", metavar="URL", help="the hub; otherwise INTERLOCK_URL, otherwise the local one"
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        help="a private file with the operator token; otherwise INTERLOCK_TOKEN",
    )
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def connect(args: Namespace) -> Client:
    """Return a client for the hub the options name. Raises ConfigError or HubUnavailable."""
    return Client(find_hub(args.url, args.token_file))


def resolve(client: Client, run: str) -> str:
    """Return the full id of a run given by a unique prefix. Raises NotFound."""
    if len(run) == _FULL:
        return run
    return str(client.get(f"/v1/runs/{segment(run)}")["run"]["run"])
