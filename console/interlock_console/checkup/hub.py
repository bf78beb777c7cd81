"""The hub the next command would talk to: which and why, whether it answers, and whether its brake can be trusted."""

import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Any

from interlock.errors import HubUnavailable, InterlockError
from interlock_console.checkup import BAD, NOTE, OK, WARN, Asked, Check
from interlock_console.client import Client, find_hub
from interlock_console.contexts import Context
from interlock_console.finding import chosen
from interlock_console.output import age, millis
from interlock_console.witness import Witness

__all__ = ["judge", "look"]

Json = dict[str, Any]

_DISK_LOW = 256 * 1024 * 1024
_CLOCKS = 2.0
"""Seconds the clocks may differ; the header has whole seconds."""


def look(asked: Asked) -> Iterable[Check]:
    """Find the hub, ask it how it is, and judge the answer."""
    args = asked.args
    picked = chosen(args.url, asked.environ, args.context)
    name = picked.name or picked.url
    yield Check("context", OK, f"{name}: {picked.why}{_nature(picked)}")
    try:
        hub = find_hub(args.url, args.token_file, asked.environ, args.context)
    except HubUnavailable:
        yield Check("hub", WARN, "no hub of this machine says that it is ready", "'interlock' starts one")
        return
    except InterlockError as error:
        yield Check("token", BAD, str(error), "see what it says")
        return
    yield Check("token", OK, f"from {hub.context.store}")
    if hub.context.plain_http:
        yield Check("PLAIN HTTP", WARN, f"token and orders to {hub.url} can be read on the way", "use https")
    client = Client(hub, timeout=5.0)
    try:
        began = time.monotonic()
        status = client.get("/v1/status")
        took = (time.monotonic() - began) * 1000
        yield Check("hub", OK, f"answers at {hub.url} in {millis(took)}")
        yield from judge(status, client.date, time.time())
        yield _history(hub.url, status)
    except InterlockError as error:
        yield Check("hub", BAD, str(error), "is it running, and is the token its own?")
    finally:
        client.close()


def _nature(context: Context) -> str:
    return ", PRODUCTION" * context.production + ", read-only" * context.read_only


def _history(url: str, status: Json) -> Check:
    wrong = Witness(url).saw(status.get("head")) or status.get("witness")
    if wrong:
        fix = "find the newer copy; 'interlock audit accept' once you know that this one is right"
        return Check("history", BAD, f"ROLLED BACK: {wrong}", fix)
    return Check("history", OK, "the record goes on from what this console saw of it")


def judge(status: Json, date: str, now: float) -> Iterable[Check]:
    """Judge what a hub says of itself; ``date`` is the header of the answer, ``now`` the time here in Unix seconds."""
    from interlock import __version__

    theirs = status.get("version")
    same = theirs == __version__
    yield Check("version", OK if same else WARN, f"hub {theirs}, console {__version__}",
                "" if same else "use the same release on both sides")  # fmt: skip
    yield _clock(date, now)
    if status.get("unrecorded"):
        yield Check("record", BAD, f"UNRECORDED: {status['unrecorded']} entries are not on disk",
                    "make room on the hub's disk; stops act meanwhile, permits are refused")  # fmt: skip
    else:
        yield Check("record", OK, "everything is on disk")
    yield from _disk(status.get("disk"))
    if status.get("policy") is None:
        yield Check(
            "policy",
            WARN,
            "NO POLICY: every call is allowed by its class alone",
            "'interlock policy push FILE' pushes one",
        )
    for order in status.get("standing") or ():
        yield Check("standing", NOTE, f"{order.get('verb')} of {order.get('scope')} by {order.get('by')} holds for "
                    "new runs too", f"interlock lift {order.get('order')}")  # fmt: skip
    yield from _brake(status.get("brake"), now)


def _clock(date: str, now: float) -> Check:
    try:
        off = parsedate_to_datetime(date).timestamp() - now
    except (ValueError, TypeError):
        return Check("clock", NOTE, "the hub does not say what time it has")
    if abs(off) <= _CLOCKS:
        return Check("clock", OK, "the same as here")
    return Check("clock", WARN, f"the hub's is {age(abs(off))} {'ahead' if off > 0 else 'behind'}",
                 "set both by NTP; ages on the screen are wrong by that, stops are not")  # fmt: skip


def _disk(disk: Any) -> Iterable[Check]:
    if not isinstance(disk, dict):
        return
    free = int(disk.get("free") or 0)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    low = free < _DISK_LOW
    yield Check("disk", WARN if low else OK, f"{free // 1_048_576} MiB free where the record is",
                "make room, before stops cannot be recorded" if low else "")  # fmt: skip


def _brake(brake: Any, now: float) -> Iterable[Check]:
    """Judge the brake by its last proof; a hub without a canary says nothing of it."""
    if not isinstance(brake, dict):
        yield Check("brake", NOTE, "this hub does not prove its brake by itself")
        return
    said: Json = brake  # pyright: ignore[reportUnknownVariableType]
    proven, every = said.get("proven_at"), float(said.get("every_s") or 60)
    if said.get("ok") is False:
        yield Check(
            "brake",
            BAD,
            f"the last proof failed: {said.get('problem')}",
            "do not trust a stop before it holds",
        )
    elif proven is None:
        yield Check("brake", WARN, "not proven yet since the hub started", "wait a minute and look again")
    elif now - proven > 3 * every:
        yield Check(
            "brake", BAD, f"last proven {age(now - proven)} ago", "look at the hub's log: its canary is gone"
        )
    else:
        slow = float(said.get("p99") or 0) > float(said.get("slow_ms") or 100)
        yield Check("brake", WARN if slow else OK, f"proven {age(now - proven)} ago, p50 {millis(said['p50'])}, "
                    f"p99 {millis(said['p99'])}", "the hub or its machine is busy" if slow else "")  # fmt: skip
