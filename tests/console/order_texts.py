"""What a hub answers about orders at scale, made by hand: previews, summaries and standing orders of any text."""

from __future__ import annotations

from typing import Any

from tests.console.stories import ORDER, RUN, flying, gate, receipt

Json = dict[str, Any]

KILL = ("requested", "pushed", "recorded", "acknowledged", "confirmed")


def summary(verb: str = "kill", targets: int = 40, **fields: Any) -> Json:
    """Return the summary of an order of which every target reached every stage, but for what ``fields`` say."""
    names = {
        "kill": KILL,
        "pause": (*KILL[:4], "drained"),
        "resume": KILL[:4],
        "cancel": (*KILL[:4], "ended"),
    }
    made: Json = {
        "order": ORDER, "verb": verb, "scope": {"role": "support-agent"}, "by": "ann", "reason": "it loops", "at": 1.0,
        "standing": True, "lifted": None, "targets": targets, "named": targets, "children": 0, "later": 0, "refused": 0,
        "stages": dict.fromkeys(names[verb], targets), "ms": {name: [1.0, 2.0, 3.0] for name in names[verb]},
        "gates": {"answered": targets, "total": targets}, "in_flight": {"read": 0, "write": 0, "danger": 0, "model": 0},
        "waiting": [], "waiting_total": 0, "unrecorded": False, "complete": True,
    }  # fmt: skip
    return made | fields


def target(run: str = RUN, **fields: Any) -> Json:
    """Return one target of a preview."""
    made: Json = {
        "run": run, "agent": "refunds", "role": "support-agent", "phase": "running", "inherited_from": None,
        "in_flight": [], "refused": "",
    }  # fmt: skip
    return made | fields


def preview(*targets: Json, verb: str = "kill", digest: str = "aa", **fields: Any) -> Json:
    """Return what an order would reach."""
    reached = [one for one in targets if not one["refused"]]
    made: Json = {
        "verb": verb, "scope": {"role": "support-agent"}, "targets": list(targets), "total": len(reached),
        "refused": len(targets) - len(reached), "agents": 1, "gates": 1, "silent": 0,
        "in_flight": {"read": 0, "write": 0, "danger": 0, "model": 0}, "cost": 0.0, "digest": digest,
    }  # fmt: skip
    return made | fields


def standing(verb: str = "kill", scope: Json | None = None, **fields: Any) -> Json:
    """Return a standing order as the hub tells of it in every pulse."""
    made: Json = {
        "order": ORDER, "verb": verb, "scope": scope or {"role": "support-agent"}, "by": "ann", "reason": "it loops",
        "at": 1.0, "targets": 40, "later": 7,
    }  # fmt: skip
    return made | fields


def hostile_summary(text: str) -> Json:
    """Return a summary whose every text is this one."""
    return summary(
        scope={"role": text}, by=text, reason=text, waiting=[{"run": RUN, "waits_for": [text]}], waiting_total=1,
        stages={"recorded": 3}, complete=False, lifted={"by": text, "reason": text, "at": 2.0, "order": None},
    )  # fmt: skip


def hostile_preview(text: str) -> Json:
    """Return a preview whose every text is this one."""
    one = target(agent=text, role=text, in_flight=[flying(tool=text)])
    return preview(target(refused=text), one, scope={"role": text})


def presumed(run: str, *, silent: bool = True) -> Json:
    """Return the receipt of a target that is presumed stopped and no more."""
    made = receipt("kill", *KILL[:4], "presumed", gates=[gate(answered=not silent, connected=not silent)])
    return made | {"run": run}
