"""``interlock audit``: the record of who gave and took rights, and whether it is unbroken."""

import json
import subprocess
from argparse import ArgumentParser, Namespace
from importlib.util import find_spec
from typing import Any

from interlock.errors import ConfigError
from interlock.ids import shorten
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.commands._execute import program
from interlock_console.output import Exit, clock, columns, dump, line

HELP = "list or verify the audit record"

Json = dict[str, Any]

_OFFLINE = """
import json, sys
from pathlib import Path
from interlock.errors import StoreError
from interlock.hub.record import verify
try:
    print(json.dumps(verify(Path(sys.argv[1]))._asdict()))
except StoreError as error:
    sys.exit(error.problem)
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="list|verify")
    listing = what.add_parser("list", help="print entries, oldest first")
    listing.add_argument("--after", type=int, default=0, metavar="N", help="only entries after number N")
    listing.add_argument(
        "--limit", type=int, default=100, metavar="N", help="at most N entries (default 100)"
    )
    add_hub_options(listing)
    verify = what.add_parser("verify", help="check every entry's place in the chain")
    verify.add_argument("--data", metavar="DIR", help="check a data folder, without a running hub")
    add_hub_options(verify)


def run(args: Namespace) -> int:
    """Print entries, or the verdict on the chain: exit 0 if it is unbroken, 1 if not."""
    return _list(args) if args.what == "list" else _verify(args)


def _list(args: Namespace) -> int:
    client = connect(args)
    entries: list[Json] = []
    after: int | None = args.after
    while after is not None and len(entries) < args.limit:
        page = client.get("/v1/audit", after=after, limit=min(200, args.limit - len(entries)))
        entries += page["entries"]
        after = page["next"]
    if args.json:
        dump({"entries": entries, "next": after})
        return Exit.OK
    if not entries:
        print("no entries")
        return Exit.OK
    print(columns([("N", "AT", "KIND", "HASH", "WHAT"), *map(_row, entries)]))
    if after is not None:
        print(f"more entries: --after {after}")
    return Exit.OK


def _row(entry: Json) -> tuple[str, ...]:
    body = json.dumps(entry["body"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    about = " ".join(shorten(entry[name]) for name in ("run", "order", "permit") if entry.get(name))
    said = f"{line(about)}  {line(body, 100)}" if about else line(body, 100)
    return str(entry["n"]), clock(entry["at"]), line(entry["kind"]), line(entry["hash"][:12]), said


def _verify(args: Namespace) -> int:
    verdict = _offline(args.data) if args.data else connect(args).get("/v1/audit/verify", within=600.0)
    if args.json:
        dump(verdict)
    elif verdict["ok"]:
        print(
            f"unbroken: {verdict['entries']} entries, {verdict['checkpoints']} checkpoints outside the database"
        )
    else:
        print(f"BROKEN at entry {verdict['first_bad']}: {line(verdict['problem'])}")
        print("keep this copy as evidence and compare it with a backup")
    return Exit.OK if verdict["ok"] else Exit.FAILED


def _offline(folder: str) -> Json:
    if find_spec("apsw") is None:
        raise ConfigError(
            "the hub is not installed here, and reading a data folder needs it",
            fix="pip install 'interlock[hub]', or verify through a running hub without --data",
        )
    words = [program("interlock.hub", ())[0], "-P", "-c", _OFFLINE, folder]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        problem = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        raise ConfigError(f"cannot verify ({problem})", value=folder, fix="name the data folder of a hub")
    verdict: Json = json.loads(done.stdout)
    return verdict
