"""What kill, pause, resume and cancel have in common: one order, and the wait until it got far enough.

An order for an agent, a role or the fleet stands until it is lifted, except resume; see docs/protocol.md.
"""

import secrets
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from interlock.errors import ConfigError, HubUnavailable, InterlockError
from interlock.orders import CAUSES
from interlock.runs import RunState
from interlock_console import receipts
from interlock_console.client import Client, segment
from interlock_console.commands import _receipt, _summary
from interlock_console.commands._common import (
    add_hub_options,
    add_who,
    at_production,
    connect,
    connect_to_act,
    resolve,
)
from interlock_console.contexts import Context
from interlock_console.output import Exit, dump, line

__all__ = ["LAST", "add_order_arguments", "give", "reason"]

Json = dict[str, Any]

LAST = {"kill": "confirmed", "pause": "drained", "resume": "acknowledged", "cancel": "ended"}
"""What ``--wait confirmed`` means for each verb."""

_LOOKED_UP = 50
"""Runs of an order by name that are looked up, to say which of them are in shadow."""
_ASK = 20.0
"""Seconds one question to the hub may wait; a longer timeout asks again."""


def add_order_arguments(parser: ArgumentParser, verb: str, wait: str) -> None:
    """Describe the options of one verb; ``wait`` is what it waits for unless told."""
    parser.add_argument("run", metavar="RUN", nargs="*", help="runs, or unique beginnings of their ids")
    whom = parser.add_mutually_exclusive_group()
    whom.add_argument("--agent", metavar="NAME", help="every run of this agent")
    whom.add_argument("--role", metavar="NAME", help="every run of this role")
    whom.add_argument("--fleet", action="store_true", help="every run there is")
    parser.add_argument(
        "--partial", action="store_true", help="where a run is refused, go on with the others and say which"
    )
    parser.add_argument(
        "--yes-production",
        metavar="NAME",
        help="the context's name again, for many runs at once in production",
    )
    parser.add_argument("--reason", metavar="TEXT", type=reason, help="why; it goes into the record")
    parser.add_argument(
        "--cause",
        choices=CAUSES,
        default="person",
        help="what made you give it, to be counted later: it repeats itself (repeat), something spoke to its model "
        "(guardrail), it did or tried what its role must not (policy); otherwise person",
    )
    parser.add_argument(
        "--preview",
        action="store_true",
        help="say whom it would reach and what is in flight there; order nothing",
    )
    parser.add_argument(
        "--wait",
        choices=("recorded", "confirmed"),
        default=wait,
        help=f"the stage to wait for; confirmed means {LAST[verb]} here (default {wait})",
    )
    parser.add_argument(
        "--timeout", metavar="S", type=_seconds, default=30.0, help="wait at most S seconds (default 30)"
    )
    add_who(parser)
    add_hub_options(parser)


def reason(text: str) -> str:
    """Return the reason of an order. Raises ArgumentTypeError for an empty one."""
    if not text.strip():
        raise ArgumentTypeError("it is empty; say in a few words why, for whoever reads the record")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 86_400:
        raise ArgumentTypeError(f"not a number of seconds: {text!r}")
    return seconds


def give(verb: str, args: Namespace) -> int:
    """Give the order, wait, print the receipts. Exit 0 if all got there, 3 if only an earlier stage, 1 if some refused.

    For runs by name there is one receipt each, for an agent, a role or the fleet one receipt of all of them.
    """
    deadline = time.monotonic() + args.timeout
    scope = _scope(args)
    if args.preview:
        client = connect(args)
        return _preview(client.post("/v1/orders/preview", _body(verb, args, scope, client)), args.json)
    if args.reason is None:
        raise ConfigError(
            "nothing was sent: it needs --reason TEXT", fix="say in a few words why, for the record"
        )
    client = connect_to_act(args)
    context = client.hub.context
    body = _body(verb, args, scope, client)
    if scope:
        _meant(args, client, body)
    stage = "recorded" if args.wait == "recorded" else LAST[verb]
    body |= {"reason": args.reason}
    answer = _sent(client, body | ({"cause": args.cause} if args.cause != "person" else {}), verb)
    try:
        answer = _wait(client, answer, stage, deadline)
    except HubUnavailable as error:
        print(f"interlock: the order is recorded; then the hub went away: {error}", file=sys.stderr)
    if not args.json and not scope:
        answer["receipts"] = _known(client, answer["receipts"])
    _print(answer, context, bool(scope), args.json)
    if answer.get("refused"):
        return Exit.FAILED
    return Exit.OK if _there(answer, stage) else Exit.EARLIER


def _body(verb: str, args: Namespace, scope: Json, client: Client) -> Json:
    runs = [] if scope else list(dict.fromkeys(resolve(client, run) for run in args.run))
    body: Json = {"verb": verb, **({"scope": scope} if scope else {"runs": runs})}
    return body | ({"partial": True} if args.partial else {})


def _preview(found: Json, as_json: bool) -> int:
    if as_json:
        dump(found)
    else:
        print(_summary.radius(found))
    return Exit.OK


def _scope(args: Namespace) -> Json:
    named = {name: getattr(args, name) for name in ("agent", "role") if getattr(args, name) is not None}
    scope: Json = {"fleet": True} if args.fleet else named
    if bool(scope) == bool(args.run):
        raise ConfigError("whom to reach", fix="name runs, or one of --agent, --role and --fleet")
    return scope


def _meant(args: Namespace, client: Client, body: Json) -> None:
    """Return if an order for many runs is meant for the hub it goes to. Raises ConfigError otherwise."""
    typed, context = args.yes_production, client.hub.context
    if typed is None and context.production and not args.json and sys.stdin.isatty() and sys.stderr.isatty():
        print(at_production(context), file=sys.stderr)
        print(_summary.radius(client.post("/v1/orders/preview", body)), file=sys.stderr)
        print("type the context's name to go on: ", end="", file=sys.stderr, flush=True)
        typed = sys.stdin.readline().strip()
    if typed is None and not context.production:
        return
    if typed != context.name:
        fix = f"--yes-production {context.name} says that it is meant"
        if not context.production:
            fix = "it is no production context; leave --yes-production out, or name another --context"
        raise ConfigError(
            f"nothing was sent: this would {body['verb']} many runs, and the context is",
            value=context.name or context.url,
            fix=fix,
        )


def _sent(client: Client, body: Json, verb: str) -> Json:
    # The key makes the repetition of a broken request harmless: the hub knows the order again.
    key = {"Idempotency-Key": secrets.token_hex(16)}
    try:
        return client.post("/v1/orders", body, key)
    except HubUnavailable as error:
        doing = f"{verb} for certain (the order may or may not have arrived, 'interlock show RUN' tells)"
        raise HubUnavailable(doing, url=error.url, waited=error.waited) from None


def _wait(client: Client, answer: Json, stage: str, deadline: float) -> Json:
    """Ask again until every target is there; what was refused is only in the first answer."""
    order = answer.get("order") or (answer["receipts"][0]["order"] if answer["receipts"] else "")
    while order and not _there(answer, stage):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        asked = min(left, _ASK)
        path = f"/v1/orders/{segment(order)}"
        answer |= client.get(path, within=asked + 5.0, wait=stage, timeout=f"{asked:.3f}") | {
            "refused": answer.get("refused") or []
        }
    return answer


def _there(answer: Json, stage: str) -> bool:
    summary: Json = answer.get("summary") or {}
    if answer.get("more"):
        return bool(summary["stages"].get(stage, 0) >= summary["targets"])
    found = [_receipt.reached(receipt, stage) for receipt in answer["receipts"]]
    return all(found) if found else summary.get("targets") == 0


def _known(client: Client, found: list[Json]) -> list[Json]:
    """Return the receipts with what is known of their runs: one in shadow must not read like one that acts."""
    try:
        states = [client.get(f"/v1/runs/{segment(each['run'])}")["run"] for each in found[:_LOOKED_UP]]
    except InterlockError as error:
        print(f"interlock: whether a run is in shadow is not known: {error}", file=sys.stderr)
        return found
    known = {state["run"]: RunState.from_json(state) for state in states}
    return [receipts.of(each, known.get(each["run"])) for each in found]


def _print(answer: Json, context: Context, many: bool, as_json: bool) -> None:
    if as_json:
        dump(answer | {"context": {"name": context.name, "production": context.production}})
        return
    if context.production:
        print(at_production(context))
    if many and answer.get("summary"):
        print(_summary.text(answer["summary"]))
    else:
        print("\n\n".join(map(_receipt.text, answer["receipts"])))
    for refused in answer.get("refused") or ():
        print(f"refused  {line(refused['run'])}  {line(refused['problem'])}")
