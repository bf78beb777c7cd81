"""A record with a long past: a proof of the brake every minute, and ordinary runs between them, through the store."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from interlock.hub.core.effects import Fact
from interlock.hub.core.memory import OWN_KEPT
from interlock.hub.record import Record
from interlock.reserved import CANARY

EVERY = 9
"""An ordinary run comes after so many proofs."""
BEGUN = 86_400.0 * 30
_AT_ONCE = 2_000
_BOOT = "another-boot/another-space"

Json = dict[str, Any]


class Past:
    """Facts as the core writes them, with the ids counted up."""

    def __init__(self) -> None:
        self.at = time.time() - BEGUN
        self._number = 0
        self._proofs: deque[str] = deque()

    def _id(self, kind: str) -> str:
        self._number += 1
        return f"{kind}-{self._number:016x}"

    def facts(self) -> Iterator[Fact]:
        """Yield proofs and runs for ever."""
        proof = 0
        while True:
            proof += 1
            # A canary has a new gate whenever its hub was started, about once a day.
            yield from self._proof(f"g-{proof // 1440:016x}")
            if proof % EVERY == 0:
                yield from self._ordinary(f"g-{proof // 90:015x}a")
            self.at += 60.0

    def _begun(self, run: str, gate: str, name: str) -> Iterator[Fact]:
        yield Fact("run", {"trace": "1" * 32, "parent": "", "agent": name, "role": name}, run=run)
        process = {"pid": 2, "started": 3, "boot": _BOOT, "host": "another"}
        yield Fact("gate", {"gate": gate, **process}, run=run)

    def _write(self, run: str, gate: str, call: str) -> Iterator[Fact]:
        permit = self._id("p")
        known: Json = {"permit": permit, "gate": gate, "call": call, "tool": "touch"}
        asked = {"req": call, "cls": "write", "digest": "ab" * 32, "args": '{"number":1}'}
        yield Fact("permit", known | asked, run=run, permit=permit)
        done = {"outcome": "done", "digest": "cd" * 32, "late": False, "unasked": False, "ms": 0.02}
        yield Fact("outcome", known | done, run=run, permit=permit)

    def _order(self, run: str, gate: str, verb: str, last: str, by: str) -> Iterator[Fact]:
        order = self._id("o")
        given = {"verb": verb, "by": by, "reason": "the minute's proof of the brake", "at": self.at}
        yield Fact("order", given | {"key": "", "ask": "", "inherited_from": ""}, run=run, order=order)
        yield self._stage(run, order, verb, "pushed")
        yield Fact("answer", {"gate": gate, "in_flight": []}, run=run, order=order)
        for stage in ("acknowledged", "recorded", *([last] if last != "acknowledged" else [])):
            yield self._stage(run, order, verb, stage)

    def _stage(self, run: str, order: str, verb: str, stage: str) -> Fact:
        body = {
            "stage": stage,
            "ms": 1.5,
            "at": self.at,
            "note": "by 1 of 1 gates",
            "verb": verb,
            "runs": [run],
        }
        return Fact("stage", body, run=run, order=order)

    def _ended(self, run: str, gate: str, claim: str) -> Iterator[Fact]:
        yield Fact("run.finished", {"claim": claim}, run=run)
        yield Fact("gate.left", {"gate": gate, "why": "left", "gone": False}, run=run)

    def _proof(self, gate: str) -> Iterator[Fact]:
        run = self._id("r")
        yield from self._begun(run, gate, CANARY)
        yield from self._write(run, gate, "c-1")
        yield from self._order(run, gate, "pause", "drained", CANARY)
        yield from self._order(run, gate, "resume", "acknowledged", CANARY)
        yield from self._write(run, gate, "c-2")
        yield from self._order(run, gate, "kill", "confirmed", CANARY)
        yield from self._ended(run, gate, "killed")
        self._proofs.append(run)
        if len(self._proofs) > OWN_KEPT:
            yield Fact("forgotten", {"runs": [self._proofs.popleft()]})

    def _ordinary(self, gate: str) -> Iterator[Fact]:
        run = self._id("r")
        yield from self._begun(run, gate, "refunds")
        yield from self._write(run, gate, "c-1")
        if self._number % 2:
            yield from self._order(run, gate, "kill", "confirmed", "ada")
        else:
            for call in ("c-2", "c-3", "c-4"):
                yield from self._write(run, gate, call)
        yield from self._ended(run, gate, "done")


def fill(folder: Path, entries: int) -> None:
    """Write so many entries, whole proofs and runs or not, into the record of a data folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    record, past = Record.open(folder), Past()
    facts = past.facts()
    while record.last < entries:
        many = min(_AT_ONCE, entries - record.last)
        record.append(list(islice(facts, many)), past.at)
    record.close()


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]))
