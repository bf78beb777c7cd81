"""``interlock handoff``: what whoever comes next must know, as plain text for an incident channel."""

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from interlock.runs import RunState
from interlock_console import handover
from interlock_console.client import Client
from interlock_console.commands._common import add_hub_options, add_who, connect
from interlock_console.output import Exit, dump
from interlock_console.person import claims_as, person

HELP = "say what stands, which runs need a person, who has what in hand, and what you ordered"

Json = dict[str, Any]

_RUNS_MAX = 10_000


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    add_who(parser)
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Print it, or the same as JSON with ``complete``: false where only the newest runs were looked through."""
    client = connect(args)
    hub: Json = client.get("/v1/status")
    states, complete = _runs(client)
    orders: list[Json] = client.get("/v1/orders", limit=100)["orders"]
    me = claims_as(str(hub["operator"]), args.who or person(), client.hub.token)
    said = handover.data(hub, states, orders, me, time.time())
    if args.json:
        dump(said | {"complete": complete})
        return Exit.OK
    context = client.hub.context
    print("\n".join(handover.told(said, context.name or client.hub.url)))
    if not complete:
        print(f"only the newest {len(states)} runs were looked through")
    return Exit.OK


def _runs(client: Client) -> tuple[list[RunState], bool]:
    found: list[RunState] = []
    after = None
    while len(found) < _RUNS_MAX:
        page = client.get("/v1/runs", after=after, limit=500)
        found += map(RunState.from_json, page["runs"])
        after = page["next"]
        if after is None:
            return found, True
    return found, False
