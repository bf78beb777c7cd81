"""``interlock brake``: when the brake was last proven, how fast it is, and the newest stops stage by stage."""

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from interlock.ids import shorten
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.output import Exit, age, clock, columns, dump, line, millis

HELP = "say when the brake was last proven, and how long the newest stops took"

Json = dict[str, Any]

_STAGES = ("closed", "recorded", "acknowledged", "drained", "presumed", "confirmed")
_HEAD = ("AT", "STOP", "RUN", "ORDER", *map(str.upper, _STAGES), "")


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="the newest N stops (default 10)")
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Print the brake and its newest stops: exit 0 if it is proven, 1 if it is not, or not lately."""
    client = connect(args)
    found: list[Json] = []
    page: Json = {"next": None}
    while not found or (page["next"] and len(found) < args.limit):
        limit = max(1, min(500, args.limit - len(found)))
        page = client.get("/v1/brake", after=page["next"], limit=limit)
        found += page["stops"]
        if not page["stops"]:
            break
    brake = page["brake"]
    if args.json:
        dump({"brake": brake, "stops": found, "next": page["next"]})
    else:
        print(_said(brake, time.time()))
        if found:
            print(columns([_HEAD, *map(_row, found)]))
    return Exit.OK if brake["ok"] is True else Exit.FAILED


def _said(brake: Json, now: float) -> str:
    last = brake["proven_at"]
    when = (
        "never since the hub started"
        if last is None
        else f"last proven {age(now - last)} ago, at {clock(last)}"
    )
    if brake["ok"] is True:
        text = f"the brake is proven: {when}"
    elif brake["ok"] is None:
        text = f"NOT PROVEN YET: {line(brake['problem']) or 'the first proof is under way'}"
    else:
        text = f"THE BRAKE IS NOT PROVEN: {line(brake['problem'])}; {when}"
    if brake["p99"] is not None:
        slow = f"; SLOW: above {brake['slow_ms']} ms" if brake["p99"] > brake["slow_ms"] else ""
        text += f"\nfrom order to closed gate: p50 {millis(brake['p50'])}, p99 {millis(brake['p99'])}{slow}"
    return (
        f"{text}\n{brake['count']} verdicts, one every {brake['every_s']:g} s" if brake["every_s"] else text
    )


def _row(stop: Json) -> tuple[str, ...]:
    times = ("-" if stop[stage] is None else millis(stop[stage]) for stage in _STAGES)
    names = (line(stop["verb"]), line(shorten(stop["run"])), line(shorten(stop["order"])))
    return clock(stop["at"]), *names, *times, "canary" if stop["canary"] else ""
