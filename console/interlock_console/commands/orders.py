"""``interlock orders``: what was ordered for agents, roles, the fleet and single runs, and what of it stands."""

from argparse import ArgumentParser, Namespace
from typing import Any

from interlock_console.commands import _summary
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.output import Exit, clock, columns, dump, line

HELP = "list orders, newest first; --standing lists those that hold for new runs"

Json = dict[str, Any]


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("--standing", action="store_true", help="only orders that hold for new runs too")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most N orders (default 20)")
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Print one line an order, or ``{"orders": [SUMMARY...], "next": ...}``."""
    standing = "true" if args.standing else None
    answer = connect(args).get("/v1/orders", standing=standing, limit=args.limit)
    if args.json:
        dump(answer)
        return Exit.OK
    if not answer["orders"]:
        print("no order stands" if args.standing else "no orders yet")
        return Exit.OK
    print(columns([("ORDER", "AT", "VERB", "WHOM", "TARGETS", "STATE", "BY"), *map(_row, answer["orders"])]))
    if answer.get("next") is not None:
        print(f"more orders: --limit {args.limit * 2}")
    return Exit.OK


def _row(summary: Json) -> tuple[str, ...]:
    return (
        line(summary["order"]), clock(summary["at"]), line(summary["verb"]), _summary.scope_words(summary["scope"]),
        str(summary["targets"]), _state(summary), line(f"{summary['by']}: {summary['reason']}", 100),
    )  # fmt: skip


def _state(summary: Json) -> str:
    if summary.get("unrecorded"):
        return "UNRECORDED"
    if summary.get("lifted"):
        return "lifted"
    if summary.get("standing"):
        return "STANDS"
    return "complete" if summary.get("complete") else "under way"
