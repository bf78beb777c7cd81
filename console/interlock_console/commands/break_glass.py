"""``interlock break-glass``: rights for 15 minutes, with a reason, seen on every console and reviewed afterwards."""

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from interlock.errors import ConfigError
from interlock_console.client import Client, segment
from interlock_console.commands._access import acting, add_acting, recorded, said_to_act
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.output import Exit, age, columns, dump, line

HELP = "take a role for 15 minutes in an emergency, end it, review what was done, or show them all"

Json = dict[str, Any]

_LEAST = 8
"""Letters of a reason that the hub wants at least."""


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="start|end|review|show")
    start = what.add_parser("start", help="take a role, now; every console says so until it ends")
    start.add_argument("--role", choices=("approver", "admin"), required=True, help="what to act as")
    add_acting(start)
    end = what.add_parser("end", help="end it before its time: your own, or as an admin any")
    end.add_argument("glass", metavar="ID", nargs="?", help="which; otherwise the one that is yours")
    add_acting(end)
    review = what.add_parser("review", help="close one that has ended; never your own")
    review.add_argument("glass", metavar="ID", help="which, b-..")
    review.add_argument("--note", metavar="TEXT", required=True, help="what you found; it is recorded")
    add_acting(review, why=False)
    show = what.add_parser("show", help="print them, the newest first")
    show.add_argument("glass", metavar="ID", nargs="?", help="only this one")
    add_hub_options(show)


def run(args: Namespace) -> int:
    """Do it, and print what holds."""
    return _RUN[args.what](args)


def _start(args: Namespace) -> int:
    if len(args.reason) < _LEAST:
        fix = f"say why in {_LEAST} letters at least: all see it, and somebody reviews it"
        raise ConfigError("nothing was taken: too short a reason", value=args.reason, fix=fix)
    return _told(args, "/v1/break-glass", {"role": args.role, "reason": args.reason})


def _end(args: Namespace) -> int:
    glass = args.glass or _own(connect(args))
    return _told(args, f"/v1/break-glass/{segment(glass)}/end", {"reason": args.reason})


def _own(client: Client) -> str:
    hub = client.get("/v1/status")
    for glass in hub["break_glass"]:
        if str(glass["who"]).casefold() == str(hub["operator"]).casefold():
            return str(glass["id"])
    raise ConfigError("you have broken no glass", fix="'interlock break-glass show' lists them all")


def _review(args: Namespace) -> int:
    return _told(args, f"/v1/break-glass/{segment(args.glass)}/review", {"note": args.note})


def _told(args: Namespace, path: str, body: Json) -> int:
    client, answer = acting(args, path, body)
    if args.json:
        dump(answer)
        return Exit.EARLIER if answer["unrecorded"] else Exit.OK
    said_to_act(client)
    print("\n".join(_lines(answer["break_glass"])))
    return recorded(answer)


def _show(args: Namespace) -> int:
    client = connect(args)
    if args.glass:
        answer = client.get(f"/v1/break-glass/{segment(args.glass)}")
        found: list[Json] = [answer["break_glass"]]
    else:
        answer = client.get("/v1/break-glass", limit=100)
        found = answer["break_glass"]
    if args.json:
        dump(answer)
    elif args.glass:
        print("\n".join(_lines(found[0])))
    else:
        print(columns([("ID", "WHO", "AS", "WHEN", "STATE", "WHY"), *(_row(each) for each in found)]))
    return Exit.OK


def _row(glass: Json) -> tuple[str, ...]:
    ago = f"{age(time.time() - float(glass['since']))} ago"
    who, role = line(glass["who"], 24), line(glass["role"])
    return line(glass["id"]), who, role, ago, line(_state(glass)), line(glass["why"], 60)


def _state(glass: Json) -> str:
    left = glass.get("left_s")
    if left is not None:
        return f"OPEN for {age(float(left))}"
    return "ended, waits for review" if glass.get("review") is None else "reviewed"


def _lines(glass: Json) -> list[str]:
    said = [f"{line(glass['id'])}: {line(glass['who'])} as {line(glass['role'])}, {_state(glass)}"]
    said.append(f"why: {line(glass['why'])}")
    ended, review = glass.get("ended"), glass.get("review")
    if ended is not None:
        said.append(f"ended by {line(ended['by'])}: {line(ended['why'])}")
    if review is not None:
        said.append(f"reviewed by {line(review['by'])}: {line(review['note'])}")
    return said


_RUN = {"start": _start, "end": _end, "review": _review, "show": _show}
