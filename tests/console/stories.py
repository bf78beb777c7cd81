"""Stored events of made-up runs, as the hub keeps them, for what reads a run back."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

RUN = "r-00000000000000aa"
GATE = "g-00000000000000aa"
ORDER = "o-00000000000000aa"
PERMIT = "p-00000000000000aa"
DIGEST = "ab" * 32


class Story:
    """A run's items in order: each call adds one and returns it."""

    def __init__(self, run: str = RUN) -> None:
        self.run = run
        self.items: list[Json] = []

    def add(self, kind: str, /, **fields: object) -> Json:
        """Add one event a second after the last one; ``cut=True`` marks the item as shortened by the feed."""
        cut = fields.pop("cut", False)
        n = len(self.items) + 1
        envelope = {
            "v": 1, "run": self.run, "seq": n, "at": 1_000_000.0 + n, "trace": "0" * 32, "span": "0" * 16,
            "event": {"kind": kind, **fields},
        }  # fmt: skip
        item: Json = {"pos": 100 + n, "n": n, "e": envelope}
        if cut:
            item["cut"] = True
        self.items.append(item)
        return item

    def began(self, **fields: object) -> Json:
        """Add the first event."""
        return self.add(
            "run.started", **{"agent": "refunds", "role": "clerk", "goal": "refund A-1009"} | fields
        )

    def call(
        self,
        call: str,
        tool: str = "refund",
        args: str = '{"order_id":"A-1009"}',
        cls: str = "write",
        **end: object,
    ) -> None:
        """Add a call from its proposal to its outcome."""
        self.add("tool.proposed", call=call, tool=tool, cls=cls, args=args)
        self.add("gate.decided", call=call, verdict="allow", rule="permit", permit=PERMIT)
        self.add("tool.started", call=call, permit=PERMIT)
        self.add("tool.finished", **{"call": call, "outcome": "done", "result": "refunded", "ms": 12.0} | end)


def receipt(verb: str = "kill", *stages: str, **fields: object) -> Json:
    """Return a receipt as the hub answers it, with these stages reached, a second apart."""
    return {
        "order": ORDER,
        "run": RUN,
        "verb": verb,
        "by": "ann",
        "reason": "runaway cost",
        "stages": [{"stage": name, "ms": 1000.0 * at, "at": 0.0} for at, name in enumerate(stages)],
        **fields,
    }


def gate(**fields: object) -> Json:
    """Return one gate's answer in a receipt."""
    return {"gate": GATE, "connected": True, "answered": True, "pid": 7, "host": "box", **fields}


def flying(**fields: object) -> Json:
    """Return one call in flight."""
    return {"call": "c-1", "tool": "refund", "cls": "write", "ms": 40.0, "permit": PERMIT, **fields}
