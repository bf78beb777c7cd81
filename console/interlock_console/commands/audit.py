"""``interlock audit``: the record of who gave and took rights: search it, export it, verify it, erase what it names."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from interlock_console.commands import _audit, _audit_export, _audit_offline
from interlock_console.commands._common import add_hub_options, add_who

HELP = "search, export or verify the audit record; erase texts"

_RUN: dict[str, Callable[[Namespace], int]] = {
    "list": _audit.listing,
    "show": _audit.show,
    "key": _audit.key,
    "accept": _audit.accept,
    "erase": _audit.erase,
    "export": _audit_export.export,
    "verify": _audit_offline.verify,
}


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="|".join(_RUN))
    listing = what.add_parser("list", help="print entries, oldest first")
    _paged(listing)
    _filters(listing)
    add_hub_options(listing)
    show = what.add_parser("show", help="print one entry in full, and what covers it")
    show.add_argument("n", type=int, metavar="N", help="its number")
    add_hub_options(show)
    add_hub_options(what.add_parser("key", help="print the public key that signs the record"))
    accept = what.add_parser(
        "accept", help="take the record that answers now, after ROLLED BACK was looked into"
    )
    add_hub_options(accept)
    _export(what.add_parser("export", help="write entries as they are stored, to be verified anywhere"))
    _verify(what.add_parser("verify", help="check every entry's place in the chain"))
    _erase(what.add_parser("erase", help="take texts out of the trace; the chain still verifies"))


def run(args: Namespace) -> int:
    """Do it: exit 0 if that went well, 1 if a check failed."""
    return _RUN[args.what](args)


def _paged(parser: ArgumentParser) -> None:
    parser.add_argument("--after", type=int, metavar="N", help="only entries after number N")
    parser.add_argument("--before", type=int, metavar="N", help="only entries before number N, newest first")
    parser.add_argument("--newest", action="store_true", help="the newest first")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="at most N entries (default 100)")
    parser.add_argument(
        "--canary", action="store_true", help="also what is about the hub's own runs, which prove the brake"
    )


def _filters(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--run", metavar="RUN", help="only entries about this run, by its id or a unique beginning of it"
    )
    parser.add_argument("--operator", metavar="WHO", help="only what this one did, as the list spells it")
    parser.add_argument("--tool", metavar="TOOL", help="only entries about this tool")
    parser.add_argument("--kind", metavar="KIND", help="only entries of this kind")
    parser.add_argument(
        "--from",
        dest="since",
        metavar="TIME",
        help="only later ones: 2026-11-26T03:00, or 90m for so long ago",
    )
    parser.add_argument("--to", dest="until", metavar="TIME", help="only earlier ones")
    parser.add_argument("--text", dest="q", metavar="TEXT", help="only entries with this text in them")


def _export(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=("jsonl", "csv"), default="jsonl", help="jsonl can be verified; csv can be read"
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write there (0600), not to standard output; never over a file"
    )
    parser.add_argument("--after", type=int, default=0, metavar="N", help="only entries after number N")
    _filters(parser)
    add_hub_options(parser)


def _verify(parser: ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="check a data folder, without a running hub")
    parser.add_argument("--export", metavar="FILE", help="check an export, without any hub")
    parser.add_argument(
        "--key", metavar="PUB", help="with --export: the key that 'interlock audit key' printed"
    )
    add_hub_options(parser)


def _erase(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--body", metavar="SHA256", help="this text")
    which.add_argument(
        "--run", metavar="RUN", help="its short texts, and the long ones that no other run names"
    )
    which.add_argument("--all-older", action="store_true", help="whatever is older than --older")
    parser.add_argument("--older", metavar="AGE", help="only what nothing named for so long, such as 30d")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; it goes into the record")
    add_who(parser)
    add_hub_options(parser)
