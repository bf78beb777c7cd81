"""``interlock runs``: the newest runs, those of them that need a person first."""

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from interlock.runs import RunState
from interlock.words import flags, need, word
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.output import Exit, age, columns, dump, line

HELP = "list the newest runs, those of them that need a person first"

_HEAD = ("RUN", "STATE", "AGENT", "AGE", "CALLS", "ERR", "COST", "FLAGS", "DOING")


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="the newest N (default 100)")
    parser.add_argument("--state", choices=("running", "finished", "lost"), help="only runs in this state")
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Print one line a run, or ``{"runs": [...], "next": ...}`` with the hub's own objects and each one's word."""
    client = connect(args)
    found: list[dict[str, Any]] = []
    after: object = None
    while len(found) < args.limit:
        page = client.get("/v1/runs", after=after, limit=min(500, args.limit - len(found)), state=args.state)
        found += page["runs"]
        after = page["next"]
        if after is None:
            break
    states = [RunState.from_json(data) for data in found]
    if args.json:
        named = [
            {**data, "word": word(state).word, "shadow": state.shadowed}
            for data, state in zip(found, states, strict=True)
        ]
        dump({"runs": named, "next": after})
        return Exit.OK
    if not states:
        print("no runs yet; connect an agent with interlock.connect(), or see 'interlock demo'")
        return Exit.OK
    now = time.time()
    print(columns([_HEAD, *(_row(state, now) for state in sorted(states, key=need))]))
    if after is not None:
        print(f"more runs: --limit {args.limit * 2}")
    return Exit.OK


def _row(state: RunState, now: float) -> tuple[str, ...]:
    return (
        line(state.run),
        f"{word(state).word}{word(state).mark if state.shadowed else ''}",
        line(state.agent, 20),
        age(now - state.started_at),
        str(state.calls),
        str(state.errors),
        f"{state.cost:.2f}",
        " ".join(flags(state)) or "-",
        line(state.said or state.goal, 60),
    )
