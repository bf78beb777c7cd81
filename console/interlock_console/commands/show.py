"""``interlock show RUN``: one run with its receipts and its newest events."""

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from interlock.runs import RunState
from interlock.words import flags, phrase, word
from interlock_console import receipts, rules
from interlock_console.client import Client, segment
from interlock_console.commands import _feed, _receipt
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.output import Exit, age, columns, dump, line

HELP = "show one run: state, receipts and newest events"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("run", metavar="RUN", help="a run, or a unique beginning of its id")
    parser.add_argument(
        "--events", type=int, default=20, metavar="N", help="the newest N events (default 20)"
    )
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Print the run, or ``{"run": ..., "receipts": [...], "events": [...]}``."""
    client = connect(args)
    answer = client.get(f"/v1/runs/{segment(args.run)}")
    state = RunState.from_json(answer["run"])
    events = newest(client, state, args.events)
    if args.json:
        dump({"run": answer["run"], "receipts": answer["receipts"], "events": events})
        return Exit.OK
    shadow = f" {word(state).mark}" if state.shadowed else ""
    print(f"{line(state.run)}  {word(state).word}{shadow}  {phrase(state)}")
    print(columns([(name, said) for name, said in facts(state) if said], indent="  "))
    for receipt in answer["receipts"]:
        print("\n" + _receipt.text(receipts.of(receipt, state)))
    if events:
        print()
        for item in events:
            print(_feed.line_of(item))
    return Exit.OK


def newest(client: Client, state: RunState, count: int) -> list[dict[str, Any]]:
    """Return the newest events of a run, oldest first."""
    path = f"/v1/runs/{segment(state.run)}/events"
    found: list[dict[str, Any]] = []
    before = state.n + 1
    while len(found) < count and before > 1:
        page = client.get(path, before=before, limit=min(count - len(found), 1000))["items"]
        if not page:
            break
        found[:0], before = page, page[0]["n"]
    return found


def facts(state: RunState) -> list[tuple[str, str]]:
    """Return what is known of a run as (name, visible text); what is not known has an empty text."""
    now = time.time()
    served = f", served {line(state.model_served)}" if state.model_served else ""
    asked = line(state.model_asked) if state.model_asked else "model calls not gated"
    return [
        ("agent", f"{line(state.agent)} as {line(state.role)}, connector {line(state.connector)}"),
        ("goal", line(state.goal)),
        ("success", line(state.success)),
        ("model", asked + served),
        ("parent", line(state.parent)),
        ("labels", ", ".join(f"{line(key)}={line(text)}" for key, text in state.labels.items())),
        ("age", f"{age(now - state.started_at)}, newest event {age(now - state.last_at)} ago"),
        ("calls", f"{state.calls} tool, {state.models} model, {state.errors} failed, {state.denied} denied"),
        ("tokens", f"{state.tokens_in} in, {state.tokens_out} out, {state.cost:.4f} US dollars"),
        ("flags", " ".join(flags(state))),
        ("policy", rules.under(state)),
        ("in flight", ", ".join(f"{line(entry[0])} ({line(entry[1])})" for entry in state.flying.values())),
        ("unknown", ", ".join(map(line, state.unknown.values()))),
        ("gates", ", ".join(map(line, state.gates))),
    ]
