"""What kill, pause, resume and cancel have in common: one order, and the wait until it got far enough."""

import secrets
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from interlock.errors import HubUnavailable
from interlock_console.client import Client, segment
from interlock_console.commands import _receipt
from interlock_console.commands._common import add_hub_options, connect, resolve
from interlock_console.output import Exit, dump

__all__ = ["LAST", "add_order_arguments", "give"]

Json = dict[str, Any]

LAST = {"kill": "confirmed", "pause": "drained", "resume": "acknowledged", "cancel": "ended"}
"""What ``--wait confirmed`` means for each verb."""

_ASK = 20.0
"""Seconds one question to the hub may wait; a longer timeout asks again."""


def add_order_arguments(parser: ArgumentParser, verb: str, wait: str) -> None:
    """Describe the options of one verb; ``wait`` is what it waits for unless told."""
    parser.add_argument("run", metavar="RUN", nargs="+", help="runs, or unique beginnings of their ids")
    parser.add_argument(
        "--reason", metavar="TEXT", type=_reason, required=True, help="why; it goes into the record"
    )
    parser.add_argument(
        "--wait",
        choices=("recorded", "confirmed"),
        default=wait,
        help=f"the stage to wait for; confirmed means {LAST[verb]} here (default {wait})",
    )
    parser.add_argument(
        "--timeout", metavar="S", type=_seconds, default=30.0, help="wait at most S seconds (default 30)"
    )
    add_hub_options(parser)


def _reason(text: str) -> str:
    if not text.strip():
        raise ArgumentTypeError("it is empty; say in a few words why, for whoever reads the record")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 86_400:
        raise ArgumentTypeError(f"not a number of seconds: {text!r}")
    return seconds


def give(verb: str, args: Namespace) -> int:
    """Give the order, wait, print one receipt a run. Exit 0 if all got there, 3 if only an earlier stage."""
    deadline = time.monotonic() + args.timeout
    client = connect(args)
    runs = list(dict.fromkeys(resolve(client, run) for run in args.run))
    # The key makes the repetition of a broken request harmless: the hub knows the order again.
    key = {"Idempotency-Key": secrets.token_hex(16)}
    try:
        receipts = client.post("/v1/orders", {"verb": verb, "runs": runs, "reason": args.reason}, key)[
            "receipts"
        ]
    except HubUnavailable as error:
        doing = f"{verb} for certain (the order may or may not have arrived, 'interlock show RUN' tells)"
        raise HubUnavailable(doing, url=error.url, waited=error.waited) from None
    stage = "recorded" if args.wait == "recorded" else LAST[verb]
    try:
        receipts = _wait(client, receipts, stage, deadline)
    except HubUnavailable as error:
        print(f"interlock: the order is recorded; then the hub went away: {error}", file=sys.stderr)
    if args.json:
        dump({"receipts": receipts})
    else:
        print("\n\n".join(map(_receipt.text, receipts)))
    there = receipts and all(_receipt.reached(receipt, stage) for receipt in receipts)
    return Exit.OK if there else Exit.EARLIER


def _wait(client: Client, receipts: list[Json], stage: str, deadline: float) -> list[Json]:
    order = receipts[0]["order"] if receipts else ""
    while receipts and not all(_receipt.reached(receipt, stage) for receipt in receipts):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        asked = min(left, _ASK)
        receipts = client.get(
            f"/v1/orders/{segment(order)}", within=asked + 5.0, wait=stage, timeout=f"{asked:.3f}"
        )["receipts"]
    return receipts
