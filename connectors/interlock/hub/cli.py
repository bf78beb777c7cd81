"""``python -m interlock.hub``: start a hub in the foreground."""

import argparse
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from interlock.ages import age
from interlock.errors import ConfigError, InterlockError, StoreError
from interlock.hub.server.brake import EVERY_SECONDS
from interlock.hub.server.feed import RING_ITEMS
from interlock.hub.server.folder import default_folder
from interlock.hub.server.limits import BODY_SECONDS, HEAD_SECONDS
from interlock.hub.server.serve import Options, serve

__all__ = ["main"]

CANARY_MIN, CANARY_MAX = 0.1, 86_400.0

_EPILOG = """\
The hub listens on this machine only, unless --allow-remote says otherwise: what it speaks is not encrypted.
Exit codes: 0 it was told to end; 1 its stores cannot be used; 2 a setting is wrong;
70 it cannot know whether its last commit happened, or failed within itself: start it again, it recovers.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    try:
        serve(_options(argv))
    except InterlockError as error:
        print(f"interlock hub: {error}", file=sys.stderr)
        return 1 if isinstance(error, StoreError) else 2
    except KeyboardInterrupt:
        return 130
    return 0


def _options(argv: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        "interlock hub",
        description="The control plane: the record, permits, orders and the feed.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=default_folder(),
        help="where it keeps its files; made, for you alone, if it is not there",
    )
    parser.add_argument(
        "--listen", metavar="HOST:PORT", default="127.0.0.1:7117", help="port 0 takes a free one"
    )
    parser.add_argument(
        "--ready-file", metavar="F", type=Path, help="say there, too, where the hub is once it is"
    )
    parser.add_argument(
        "--host", metavar="NAME", action="append", default=[], help="a further name it is reached by; repeat"
    )
    parser.add_argument(
        "--ring",
        metavar="N",
        type=int,
        default=RING_ITEMS,
        help=f"events a console may be behind before it is told of a gap (default {RING_ITEMS})",
    )
    parser.add_argument(
        "--canary-every",
        metavar="S",
        type=float,
        default=EVERY_SECONDS,
        help=f"seconds between two proofs of the brake (default {EVERY_SECONDS:g})",
    )
    parser.add_argument(
        "--keep-bodies",
        metavar="AGE",
        type=age,
        help="erase long texts that nothing named for so long, such as 30d; otherwise they are kept",
    )
    parser.add_argument(
        "--keep-texts",
        metavar="AGE",
        type=age,
        help="erase every free text of runs that ended and told nothing for so long; otherwise they are kept",
    )
    parser.add_argument(
        "--no-canary", action="store_true", help="do not prove the brake: every screen says so"
    )
    parser.add_argument(
        "--no-shared-agent-token",
        action="store_true",
        help="refuse agent.token of the data folder, which is bound to no agent: 'interlock agent-token' makes others",
    )
    parser.add_argument("--allow-remote", action="store_true", help="listen on an address others can reach")
    parser.add_argument("--json", action="store_true", help="say where it is as JSON, as in the ready file")
    # For tests, which cannot wait so long.
    parser.add_argument("--head-seconds", type=float, default=HEAD_SECONDS, help=argparse.SUPPRESS)
    parser.add_argument("--body-seconds", type=float, default=BODY_SECONDS, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.ring < 1:
        raise ConfigError("not a length of the feed", value=args.ring, fix="give a number of events")
    if not CANARY_MIN <= args.canary_every <= CANARY_MAX:
        fix = f"give seconds from {CANARY_MIN:g} to {CANARY_MAX:g}, or --no-canary"
        raise ConfigError("not a time between two proofs", value=args.canary_every, fix=fix)
    host, port = _address(args.listen)
    if not (args.allow_remote or _is_loopback(host)):
        raise ConfigError(
            "others could reach the hub on", value=args.listen, fix="add --allow-remote if you mean it"
        )
    return Options(
        args.data.absolute(),
        "127.0.0.1" if host == "localhost" else host,
        port,
        args.ready_file,
        args.host,
        args.ring,
        json=args.json,
        canary=None if args.no_canary else args.canary_every,
        keep_bodies=args.keep_bodies,
        keep_texts=args.keep_texts,
        shared_agent=not args.no_shared_agent_token,
        deadlines=(args.head_seconds, args.body_seconds),
    )


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65_536):
        raise ConfigError("not an address to listen on", value=text, fix="it looks like 127.0.0.1:7117")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        raise ConfigError(
            "not an address of this machine", value=host, fix="name an IP address, or localhost"
        ) from None
