"""``interlock dial``: how far an agent, a role, a tool or the fleet may go. Down at once; up with proof."""

import sys
import time
from argparse import ArgumentParser, Namespace
from typing import Any

from interlock.errors import ConfigError, InterlockError
from interlock.levels import LEVELS
from interlock_console import dialing
from interlock_console.autonomy import autonomy
from interlock_console.client import Client
from interlock_console.commands._access import acting, add_acting, recorded, said_to_act
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.output import Exit, age, columns, dump, line

HELP = "show or turn the dial: stopped, read-only, shadow, ask, auto"

Json = dict[str, Any]


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.epilog = (
        "a dial lowers what the policy says, and never raises it; the lowest that covers a call is in force. To raise "
        "one takes the last four characters of the order that lowered it; at auto it holds nothing back"
    )
    what = parser.add_subparsers(dest="what", required=True, metavar="show|set")
    add_hub_options(what.add_parser("show", help="print what is held back, and by whom"))
    turn = what.add_parser("set", help="turn a dial")
    turn.add_argument("level", metavar="LEVEL", choices=LEVELS, help=", ".join(LEVELS))
    scope = turn.add_mutually_exclusive_group(required=True)
    for kind in ("agent", "role", "tool"):
        scope.add_argument(f"--{kind}", metavar="NAME", help=f"of this {kind}, by its exact name")
    scope.add_argument("--fleet", action="store_true", help="of everything")
    turn.add_argument(
        "--proof",
        metavar="LAST4",
        help="to raise it: the last four characters of the order that lowered it; otherwise asked for",
    )
    add_acting(turn)


def run(args: Namespace) -> int:
    """Do it."""
    return _show(args) if args.what == "show" else _set(args)


def _show(args: Namespace) -> int:
    found: list[Json] = connect(args).get("/v1/dial")["dials"]
    if args.json:
        dump({"dials": found})
        return Exit.OK
    if not found:
        print("no dial holds anything back: what the policy allows is allowed")
        return Exit.OK
    head = ("SCOPE", "LEVEL", "ORDER", "BY", "SINCE", "WHY")
    print(columns([head, *(_row(each, time.time()) for each in found)]))
    return Exit.OK


def _row(dial: Json, now: float) -> tuple[str, ...]:
    why = dial["reason"] or dial["cause"]
    since = f"{age(now - float(dial['at']))} ago"
    return (
        _of(dial["scope"]),
        line(dial["level"]),
        line(dial["order"]),
        line(dial["by"], 24),
        since,
        line(why, 60),
    )


def _of(scope: Json) -> str:
    kind, name = next(iter(scope.items()))
    return "fleet" if kind == "fleet" else f"{line(kind)} {line(name, 40)}"


def _set(args: Namespace) -> int:
    scope = {"fleet": True} if args.fleet else _named(args)
    body = {"scope": scope, "level": args.level, "reason": args.reason, "proof": args.proof or ""}
    if not args.proof and not args.json:
        body["proof"] = _proof(args, scope)
    client, answer = acting(args, "/v1/dial", body)
    if args.json:
        dump(answer)
        return Exit.EARLIER if answer["unrecorded"] else Exit.OK
    said_to_act(client)
    dial = answer["dial"]
    stands = line(dial["level"]) if dial is not None else "auto: nothing is held back by it"
    print(f"the dial of {_of(scope)} stands at {stands}; it was {line(answer['was'])}")
    if said := _in_force(client, scope, str(answer["was"])):
        print(said)
    return recorded(answer)


def _in_force(client: Client, scope: Json, was: str) -> str:
    """Return what holds beside the dial itself. It is asked for after the dial was turned: no stop waits for it."""
    try:
        dials = client.get("/v1/dial")["dials"]
        return dialing.in_force(scope, was, dials, autonomy(client, scope))
    except InterlockError:
        return ""


def _named(args: Namespace) -> Json:
    return next(
        {kind: value} for kind in ("agent", "role", "tool") if (value := getattr(args, kind)) is not None
    )


def _proof(args: Namespace, scope: Json) -> str:
    """Ask for the proof where this raises the dial. Lowering asks for nothing, and for no other answer first."""
    if args.level == "stopped":
        return ""
    found = next((each for each in connect(args).get("/v1/dial")["dials"] if each["scope"] == scope), None)
    if found is None or LEVELS.index(args.level) <= _place(found["level"]):
        return ""
    print(
        f"{_of(scope)} stands at {line(found['level'])} by {line(found['by'])}: {line(found['reason'])}",
        file=sys.stderr,
    )
    if not sys.stdin.isatty():
        fix = f"give --proof, the last four characters of {line(found['order'])}"
        raise ConfigError("the dial was not raised", fix=fix)
    said = f"type the last four characters of {line(found['order'])} to raise it: "
    print(said, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _place(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else 0
