"""``interlock who``: who has a console open, and who has which run in hand."""

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from interlock_console.commands._common import add_hub_options, connect
from interlock_console.output import Exit, age, columns, dump, line

HELP = "list who has a console open, and who has which run in hand"

Json = dict[str, Any]

_RUNS_MAX = 10_000
"""Runs that are looked through, the newest first."""


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Print them, or ``{"consoles": [...], "claims": [...], "complete": bool}``."""
    client = connect(args)
    consoles: list[Json] = client.get("/v1/status")["consoles"]
    claims: list[Json] = []
    seen, after = 0, None
    while seen < _RUNS_MAX:
        page = client.get("/v1/runs", after=after, limit=500)
        claims += [_claim(state) for state in page["runs"] if state.get("claimed_by")]
        seen, after = seen + len(page["runs"]), page["next"]
        if after is None:
            break
    if args.json:
        dump({"consoles": consoles, "claims": claims, "complete": after is None})
        return Exit.OK
    now = time.time()
    print(columns([("CONSOLE OF", "ROLE", "SINCE", ""), *(_console(each, now) for each in consoles)]))
    print(columns([("RUN", "IN THE HANDS OF", "SINCE", "NOTES"), *(_row(each, now) for each in claims)]))
    if after is not None:
        print(f"only the newest {seen} runs were looked through")
    return Exit.OK


def _claim(state: Json) -> Json:
    return {name: state[name] for name in ("run", "claimed_by", "claimed_at", "notes", "last_note")}


def _console(console: Json, now: float) -> tuple[str, ...]:
    looks = "reads only" if console["read_only"] else ""
    return line(console["who"]), line(console.get("role", "")), age(now - console["since"]), looks


def _row(claim: Json, now: float) -> tuple[str, ...]:
    since = age(now - claim["claimed_at"])
    return line(claim["run"]), line(claim["claimed_by"]), since, str(claim["notes"])
