"""What needs no running hub: verifying a data folder or an export, a backup, a restore."""

import json
import re
import subprocess
from argparse import Namespace
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from interlock.audit.verify import verify_export
from interlock.errors import ConfigError
from interlock_console.commands._common import connect
from interlock_console.commands._execute import program
from interlock_console.output import Exit, dump, line

__all__ = ["beside", "verify"]

Json = dict[str, Any]

_KEY = re.compile("[0-9a-fA-F]{64}")

_FIX = {
    "verify": "name the data folder of a hub",
    "back up": "name the data folder of a hub with --data, and a new FILE",
    "restore": "name a file that 'interlock backup' made, and a new folder with --into",
}
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


def verify(args: Namespace) -> int:
    """Print the verdict: exit 0 if it is unbroken, 1 if not."""
    if args.export is not None:
        return _export(args)
    if args.key is not None:
        raise ConfigError("--key is for an export", fix="add --export FILE, or leave it out")
    if args.data:
        verdict = beside(["-c", _OFFLINE, args.data], "verify", args.data)
    else:
        verdict = connect(args).get("/v1/audit/verify", within=600.0)
    if args.json:
        dump(verdict)
    elif verdict["ok"]:
        print(
            f"unbroken: {verdict['entries']} entries, {verdict['checkpoints']} checkpoints outside the database"
        )
    else:
        _broken(verdict)
    return Exit.OK if verdict["ok"] else Exit.FAILED


def _export(args: Namespace) -> int:
    if not args.key:
        fix = "add --key PUB, as 'interlock audit key' printed it when you trusted the hub"
        raise ConfigError("an export cannot vouch for itself", fix=fix)
    # A slip of the hand is no evidence: nobody keeps a copy, and wakes somebody, for a key that is none.
    if not _KEY.fullmatch(args.key.strip()):
        fix = "give the 64 letters and digits that 'interlock audit key' printed"
        raise ConfigError("this is no public key:", value=args.key, fix=fix)
    try:
        with Path(args.export).open(encoding="utf-8", errors="replace", newline="\n") as lines:
            verdict = verify_export(lines, args.key)._asdict()
    except OSError as error:
        raise ConfigError(
            f"cannot read ({error.strerror})", value=args.export, fix="name an export"
        ) from None
    if args.json:
        dump(verdict)
    elif verdict["ok"]:
        whole = "whole" if verdict["complete"] else "filtered: what was left out is not vouched for"
        print(f"unbroken: {verdict['entries']} entries, {verdict['checkpoints']} signed checkpoints, {whole}")
    else:
        _broken(verdict)
    return Exit.OK if verdict["ok"] else Exit.FAILED


def _broken(verdict: Json) -> None:
    where = f" at entry {verdict['first_bad']}" if verdict["first_bad"] is not None else ""
    print(f"BROKEN{where}: {line(verdict['problem'])}")
    print("keep this copy as evidence and compare it with a backup")


def beside(words: Sequence[str], doing: str, about: str) -> Json:
    """Let the hub's own code do something without a hub, in a process of its own; return what it says."""
    if find_spec("apsw") is None:
        raise ConfigError(
            "the hub is not installed here, and reading a data folder needs it",
            fix="pip install 'interlock[hub]', or ask a running hub without --data",
        )
    whole = [program("interlock.hub", ())[0], "-P", *words]
    done = subprocess.run(whole, capture_output=True, text=True, check=False)
    if done.returncode:
        problem = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        # The hub's own sentences say what to do next behind a semicolon.
        why, _, fix = line(problem).rpartition("; ")
        fix = fix if why else _FIX[doing]
        raise ConfigError(f"cannot {doing} ({why or line(problem)})", value=about, fix=fix)
    said: Json = json.loads(done.stdout)
    return said
