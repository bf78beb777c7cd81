"""A shift handed over, as plain text for an incident channel: what stands, who is needed, who has what in hand. Pure.

Every text of others is visible and on one line: it is pasted where nothing else would make it so.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from interlock.ids import shorten
from interlock.reserved import reserved
from interlock.runs import RunState
from interlock.text import visible_line
from interlock.words import Need, flags, need, phrase, word
from interlock_console import aim
from interlock_console.output import age

__all__ = ["HOURS", "data", "told"]

Json = dict[str, Any]

HOURS = 8.0
"""How far back one's own orders are told."""
_MOST = 20


def data(hub: Json, runs: Iterable[RunState], orders: Iterable[Json], me: str, now: float) -> Json:
    """Return what is to be said, exactly: ``standing``, ``needs``, ``claims``, ``notes``, ``orders`` (mine), ``at``.

    ``hub`` is the hub object, ``orders`` are summaries, ``me`` is the text under which the hub keeps what I do.
    """
    mine = [order for order in orders if order["by"] == me and now - float(order["at"]) < HOURS * 3600]
    fleet = [state for state in runs if not (reserved(state.role.raw) or reserved(state.agent.raw))]
    needy = sorted(
        (state for state in fleet if need(state) <= Need.LEFT), key=lambda state: (need(state), state.run)
    )
    claimed = sorted((state for state in fleet if state.claimed_by), key=lambda state: state.claimed_at)
    noted = sorted((state for state in fleet if state.last_note), key=lambda state: -state.last_at)
    return {
        "at": now,
        "by": me,
        "hub": hub.get("name"),
        "unrecorded": hub.get("unrecorded") or 0,
        "consoles": [str(console["who"]) for console in hub.get("consoles") or ()],
        "standing": list(hub.get("standing") or ()),
        "needs": [_about(state) for state in needy],
        "claims": [
            _about(state) | {"by": state.claimed_by.raw, "since": state.claimed_at} for state in claimed
        ],
        "notes": [_about(state) | {"notes": state.notes, "last": state.last_note.raw} for state in noted],
        "orders": mine,
    }


def told(said: Json, where: str) -> list[str]:
    """Return the lines of it; ``where`` is how the operator calls the hub."""
    now = float(said["at"])
    when = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(now))
    here = ", ".join(_line(name, 40) for name in said["consoles"][:6]) or "nobody, as far as the hub knows"
    lines = [
        f"Interlock hand-off, {_line(where, 60)}, {when}, by {_line(said['by'], 60)}",
        f"At a console: {here}",
    ]
    if said["unrecorded"]:
        lines.append(
            f"UNRECORDED: {_line(said['unrecorded'])} entries of the record wait for room on the disk"
        )
    lines += _part("Standing orders", "no order stands", said["standing"], lambda each: _standing(each, now))
    lines += _part("Runs that need a person", "no run needs a person", said["needs"], _run)
    lines += _part(
        "In somebody's hands", "nobody has claimed a run", said["claims"], lambda each: _claim(each, now)
    )
    lines += _part("Newest notes", "no notes", said["notes"], _note)
    none = f"none in the last {HOURS:.0f} hours"
    lines += _part("My orders", none, said["orders"], lambda each: _order(each, now))
    return lines


def _about(state: RunState) -> Json:
    return {
        "run": state.run,
        "agent": state.agent.raw,
        "role": state.role.raw,
        "state": word(state).word,
        "why": phrase(state),
        "flags": flags(state),
    }


def _part(title: str, none: str, entries: Sequence[Json], tell: Callable[[Json], str]) -> list[str]:
    if not entries:
        return [f"{title}: {none}"]
    more = [f"  and {len(entries) - _MOST} more"] if len(entries) > _MOST else []
    return [f"{title} ({len(entries)}):", *(f"  {tell(entry)}" for entry in entries[:_MOST]), *more]


def _standing(order: Mapping[str, Any], now: float) -> str:
    later = f", {_line(order['later'])} of them later" if order.get("later") else ""
    return (
        f"{_line(order['order'])} {_line(order['verb']).upper()} {aim.words(order.get('scope'))}, "
        f"{age(now - float(order['at']))} old, {_line(order['targets'])} runs{later}, by {_line(order['by'], 60)}: "
        f"{_line(order['reason'], 120)}"
    )


def _run(entry: Json) -> str:
    odd = f" [{', '.join(entry['flags'])}]" if entry["flags"] else ""
    who = f"{_line(entry['agent'], 40)} as {_line(entry['role'], 40)}"
    return f"{shorten(entry['run'])} {who}: {entry['state']}, {_line(entry['why'], 100)}{odd}"


def _claim(entry: Json, now: float) -> str:
    since = age(now - float(entry["since"]))
    return f"{shorten(entry['run'])} {_line(entry['agent'], 40)}: {_line(entry['by'], 60)} for {since}"


def _note(entry: Json) -> str:
    return f"{shorten(entry['run'])} ({entry['notes']}): {_line(entry['last'], 160)}"


def _order(order: Json, now: float) -> str:
    whom = aim.words(order["scope"]) if order.get("scope") else f"{_line(order['targets'])} runs"
    state = "lifted" if order.get("lifted") else "STANDS" if order.get("standing") else ""
    end = state or ("complete" if order.get("complete") else "under way")
    reason = _line(order["reason"], 120)
    ago = age(now - float(order["at"]))
    return f"{_line(order['order'])} {_line(order['verb'])} of {whom}, {ago} ago, {end}: {reason}"


def _line(text: object, most: int = 40) -> str:
    return visible_line(str(text), most)
