"""``interlock operator``: who may come in, and as what: viewer, responder, approver or admin."""

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from interlock.errors import ConfigError
from interlock.rights import ROLES
from interlock_console.client import segment
from interlock_console.commands._access import acting, add_acting, recorded, said_to_act
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.output import Exit, age, columns, dump, line

HELP = "list operators, make one, give one another role, or remove one"

Json = dict[str, Any]


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.epilog = (
        "operator.token of a local hub is that of whoever started it, an admin; agent.token there is bound to no "
        "agent: 'interlock agent-token new' makes ones that are, and 'interlock hub --no-shared-agent-token' refuses it"
    )
    what = parser.add_subparsers(dest="what", required=True, metavar="list|add|role|remove")
    add_hub_options(what.add_parser("list", help="print operators and their roles"))
    for name, said in (("add", "make an operator"), ("role", "give an operator another role")):
        one = what.add_parser(name, help=said)
        one.add_argument("name", metavar="NAME", help="their name: letters, digits and . _ @ -")
        one.add_argument("--role", choices=ROLES, required=True, help="what they may do")
        add_acting(one)
    gone = what.add_parser("remove", help="take every right from an operator, and revoke their tokens")
    gone.add_argument("name", metavar="NAME", help="their name")
    add_acting(gone)


def run(args: Namespace) -> int:
    """Do it, and print who may what."""
    return _RUN[args.what](args)


def _list(args: Namespace) -> int:
    found: list[Json] = connect(args).get("/v1/operators")["operators"]
    if args.json:
        dump({"operators": found})
        return Exit.OK
    print(
        columns([("OPERATOR", "ROLE", "TOKENS", "SINCE", "BY"), *(_row(each, time.time()) for each in found)])
    )
    return Exit.OK


def _row(operator: Json, now: float) -> tuple[str, ...]:
    role = line(operator["role"] or "removed")
    acts = operator.get("acts_as")
    if acts and acts != operator["role"]:
        role += f", now {line(acts)} by break-glass"
    if operator["built_in"]:
        return line(operator["name"]), role, "operator.token", "", "started the hub"
    since = f"{age(now - float(operator['at']))} ago"
    return line(operator["name"]), role, str(operator["tokens"]), since, line(operator["by"], 24)


def _put(args: Namespace) -> int:
    known = {
        each["name"].casefold(): each["role"] for each in connect(args).get("/v1/operators")["operators"]
    }
    there = known.get(args.name.casefold())
    if args.what == "add" and there:
        raise ConfigError(
            "an operator already", value=args.name, fix="'interlock operator role' changes the role"
        )
    if args.what == "role" and not there:
        raise ConfigError("no operator", value=args.name, fix="'interlock operator add' makes one")
    body = {"name": args.name, "role": args.role, "reason": args.reason}
    return _told(args, "/v1/operators", body)


def _remove(args: Namespace) -> int:
    return _told(args, f"/v1/operators/{segment(args.name)}/remove", {"reason": args.reason})


def _told(args: Namespace, path: str, body: Json) -> int:
    client, answer = acting(args, path, body)
    if args.json:
        dump(answer)
        return Exit.EARLIER if answer["unrecorded"] else Exit.OK
    said_to_act(client)
    found = answer["operator"]
    print(f"{line(found['name'])} is {line(found['role'] or 'removed: no role, and every token revoked')}")
    return recorded(answer)


_RUN = {"list": _list, "add": _put, "role": _put, "remove": _remove}
