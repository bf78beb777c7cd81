"""``interlock compensate``: what would make effects good, and having it done; each effect once."""

import re
import sys
import time
from argparse import ArgumentParser, Namespace
from typing import Any

from interlock import ids
from interlock.errors import ConfigError
from interlock_console.client import Client, segment
from interlock_console.commands import _making
from interlock_console.commands._common import (
    add_hub_options,
    add_who,
    at_production,
    connect,
    connect_to_act,
)
from interlock_console.commands._orders import reason
from interlock_console.output import Exit, dump, line

HELP = "make effects good: plan, run, show, stop"

Json = dict[str, Any]
_PROOF = 4
_NAME = re.compile(f"{ids.RUN_PREFIX}|{ids.PERMIT}")
_PREFIX = 8
_LOOK_S = 0.2


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="plan|run|show|stop")
    plan = what.add_parser("plan", help="say what would make effects good, newest first; nothing happens")
    run = what.add_parser(
        "run", help="carry the plan out; it asks for the last four characters of its digest"
    )
    for parser_of in (plan, run):
        parser_of.add_argument("effect", metavar="RUN|PERMIT", nargs="+", help="one run, or permits (p-...)")
    run.add_argument(
        "--digest", metavar="D", help="the plan's digest as shown, or 8 characters of it at least"
    )
    run.add_argument(
        "--proof", metavar="LAST4", help="the last four characters of the digest; otherwise asked for"
    )
    run.add_argument(
        "--timeout", metavar="S", type=float, default=30.0, help="wait at most S seconds for its end"
    )
    show = what.add_parser("show", help="list plans that were begun, or one with the receipt of each step")
    show.add_argument("plan", metavar="PLAN", nargs="?")
    show.add_argument("--limit", type=int, default=20, metavar="N", help="at most N plans (default 20)")
    stop = what.add_parser("stop", help="send no further step of a plan")
    stop.add_argument("plan", metavar="PLAN")
    for acting in (run, stop):
        acting.add_argument("--reason", metavar="R", type=reason, required=True, help="why, for the record")
        add_who(acting)
    for each in (plan, run, show, stop):
        add_hub_options(each)


def run(args: Namespace) -> int:
    """Do what was asked. Exit 0 when done, 1 when refused or it failed, 3 when it is not at its end yet."""
    return {"plan": _plan, "run": _run, "show": _show, "stop": _stop}[args.what](args)


def _plan(args: Namespace) -> int:
    found = _proposed(connect(args), args.effect)
    if args.json:
        dump(found)
        return Exit.OK
    print(_making.proposed(found))
    if found["ready"]:
        named = " ".join(line(effect) for effect in args.effect)
        print(f"to do it: interlock compensate run {named} --digest {found['digest'][:_PREFIX]} --reason ...")
    return Exit.OK


def _proposed(client: Client, effects: list[str]) -> Json:
    runs = [effect for effect in effects if effect.startswith("r-")]
    if runs and len(effects) > 1:
        raise ConfigError("one run, or permits", value=effects[1], fix="plan each run by itself")
    for effect in effects:
        if not _NAME.fullmatch(effect):
            fix = "'interlock runs' lists runs (r-...), 'interlock audit list --kind permit' permits (p-...)"
            raise ConfigError("no run, and no permit:", value=effect, fix=fix)
    return client.post("/v1/compensations/plan", {"run": runs[0]} if runs else {"permits": effects})


def _run(args: Namespace) -> int:
    client = connect_to_act(args)
    found = _proposed(client, args.effect)
    _same(args, found)
    if not args.json and args.proof is None:
        print(_making.proposed(found), file=sys.stderr)
    body = {
        "permits": [step["permit"] for step in found["steps"]],
        "digest": found["digest"],
        "proof": args.proof or _typed(args),
        "reason": args.reason,
    }
    made = _until(client, client.post("/v1/compensations", body), args.timeout)
    said = at_production(client.hub.context)
    if args.json:
        dump(made)
    else:
        print(f"{said}\n" * bool(said) + _making.begun(made))
    return _exit(made)


def _same(args: Namespace, found: Json) -> None:
    """Return if the plan of now is the one that was shown before. Raises ConfigError."""
    if not found["steps"]:
        raise ConfigError(
            "nothing was begun: there is no effect", value=args.effect[0], fix="name another run"
        )
    if args.digest is None:
        return
    if len(args.digest) < _PREFIX or not found["digest"].startswith(args.digest):
        fix = "'interlock compensate plan' shows the one of now: read it, and run that one"
        raise ConfigError("nothing was begun: the plan has another digest than", value=args.digest, fix=fix)


def _typed(args: Namespace) -> str:
    if args.json or not sys.stdin.isatty():
        raise ConfigError(
            "nothing was begun", fix="give --digest and --proof, the last four characters of the digest"
        )
    print("type the last four characters of the digest to do it: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _until(client: Client, made: Json, seconds: float) -> Json:
    """Return the plan at its end, or as it is after so long, or where it waits for a process that is not there."""
    deadline = time.monotonic() + seconds
    while made["state"] == "running" and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
        made = client.get(f"/v1/compensations/{segment(made['plan'])}")
    return made


def _exit(made: Json) -> int:
    if made["state"] in _making.ENDED:
        return Exit.OK if made["state"] == "done" else Exit.FAILED
    return Exit.EARLIER


def _show(args: Namespace) -> int:
    client = connect(args)
    if args.plan:
        found = client.get(f"/v1/compensations/{segment(args.plan)}")
        dump(found) if args.json else print(_making.begun(found))
        return Exit.OK
    answer = client.get("/v1/compensations", limit=args.limit)
    if args.json:
        dump(answer)
        return Exit.OK
    print("\n".join(map(_making.begun, answer["plans"])) or "no plan was begun yet")
    if answer.get("next") is not None:
        print(f"more: --limit {args.limit * 2}")
    return Exit.OK


def _stop(args: Namespace) -> int:
    client = connect_to_act(args)
    made = client.post(f"/v1/compensations/{segment(args.plan)}/stop", {"reason": args.reason})
    if args.json:
        dump(made)
        return Exit.OK
    print(_making.begun(made))
    flying = [step["receipt"]["run"] for step in made["steps"] if step["receipt"]["state"] == "doing"]
    for name in flying:
        print(f"one step is under way still: 'interlock kill {line(name)}' stops it")
    return Exit.OK
