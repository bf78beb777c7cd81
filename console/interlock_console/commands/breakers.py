"""``interlock breakers``: circuit breakers that are not closed, at every gate that is there."""

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from interlock.ids import shorten
from interlock_console import circuits
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.output import Exit, age, columns, dump, line

HELP = "list circuit breakers that are open or probing, at every gate that is there"

Json = dict[str, Any]


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Print a line for each, or ``{"breakers": [...]}``: exit 0 either way."""
    found: list[Json] = connect(args).get("/v1/status")["breakers"]
    if args.json:
        dump({"breakers": found})
    elif not found:
        print("no breaker is open, as far as the gates that are there tell")
    else:
        now = time.time()
        print(columns([("STATE", "TOOL", "GATE", "SINCE", "UNTIL"), *(_row(each, now) for each in found)]))
    return Exit.OK


def _row(breaker: Json, now: float) -> tuple[str, ...]:
    since = f"{age(now - float(breaker['since']))} ago"
    gate = line(shorten(str(breaker["gate"])))
    return line(breaker["state"], 9), circuits.name(breaker), gate, since, circuits.until(breaker, now)
