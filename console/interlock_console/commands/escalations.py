"""``interlock escalations``: what waits for a person's decision, danger first; or one of them in full."""

from argparse import ArgumentParser, Namespace
from typing import Any

from interlock_console.client import Client, segment
from interlock_console.commands import _escalation
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.output import Exit, columns, dump, line

HELP = "list what waits for a person's decision, danger first; with an id show one in full"

Json = dict[str, Any]
STATES = ("waiting", "approved", "rejected", "timed_out", "void", "used", "decided")


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "escalation",
        metavar="ID",
        nargs="?",
        help="one of them, in full; a unique beginning of its id will do",
    )
    parser.add_argument("--state", choices=STATES, default="waiting", help="which of them (default: waiting)")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most N (default 50)")
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Print a line for each, or ``{"escalations": [ESCALATION...], "next": ...}``; or one card, or one ESCALATION."""
    client = connect(args)
    if args.escalation:
        found = client.get(f"/v1/escalations/{segment(args.escalation)}")
        if args.json:
            dump(found)
        else:
            print(_escalation.card(found))
            print(*_next(found), sep="\n", end="\n" * (found["state"] == "waiting"))
        return Exit.OK
    answer = client.get("/v1/escalations", state=args.state, limit=args.limit)
    if args.json:
        dump(answer)
        return Exit.OK
    if args.state == "waiting":
        print(*_told(client), sep="\n", end="\n")
    if not answer["escalations"]:
        print("nothing waits" if args.state == "waiting" else f"none is {args.state}")
        return Exit.OK
    rows = map(_row, answer["escalations"])
    print(columns([("ID", "CLASS", "STATE", "AGENT", "TOOL", "DIGEST", "ARGUMENTS"), *rows]))
    if answer.get("next") is not None:
        print(f"more: --limit {args.limit * 2}")
    return Exit.OK


def _told(client: Client) -> list[str]:
    """Return how much waits and how fast it comes: whoever decides too fast decides nothing."""
    counts = client.get("/v1/status")["escalations"]
    late = int(counts.get("timed_out_per_h") or 0)
    ended = f"{counts['per_h']} decided{f', {late} timed out' if late else ''} in the last hour"
    return [
        f"{counts['waiting']} wait, {counts['danger']} of them danger; {ended}",
        *_escalation.floods(counts["paces"]),
    ]


def _row(found: Json) -> tuple[str, ...]:
    return (
        line(found["id"]), line(found["cls"]), _escalation.state(found), line(found["agent"], 24),
        line(found["tool"], 24), line(found["digest"][:12]), line(found["args"], 100),
    )  # fmt: skip


def _next(found: Json) -> tuple[str, ...]:
    if found["state"] != "waiting":
        return ()
    name, digest = line(found["id"]), line(found["digest"][:12])
    return (
        f"interlock approve {name} --digest {digest} [--args FILE]",
        f"interlock reject {name} --digest {digest} --reason TEXT",
    )
