"""Fill a hub's data folder through its own core and stores, as a long time of running would have."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from interlock import ids
from interlock.hub.core.core import Core
from interlock.hub.core.effects import Append, Effect, Fact, Moment
from interlock.hub.record import Record
from interlock.hub.trace import Line, Trace
from interlock.wire import AskPermit, Granted, Hello, Open, Outcome, read_up
from tests.bench.parts.traffic import Script

EVENTS_A_RUN, EVENTS_A_PERMIT = 100, 20
BATCH = 1000


class Past:
    """A record and a trace in the making."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.record, self.trace = Record.open(folder), Trace.open(folder)
        self.core = Core(boot="another-boot/elsewhere")
        self.at = time.time() - 86_400.0
        self._facts: list[Fact] = []
        self._lines: list[Line] = []

    def now(self) -> Moment:
        """Return the next moment: a millisecond after the one before."""
        self.at += 0.001
        return Moment(self.at, self.at)

    def carry(self, effects: list[Effect]) -> list[Effect]:
        """Keep what is to be recorded, as if it were on disk at once; return everything that came of it."""
        all_effects: list[Effect] = []
        while effects:
            all_effects += effects
            appends = [effect for effect in effects if isinstance(effect, Append)]
            effects = []
            for append in appends:
                self._facts += append.facts
                effects += self.core.committed(append.token, self.now())
        return all_effects

    def run(self, gate: str, conn: int) -> None:
        """Add one run: its events, and a permit with its outcome for every fourth call."""
        script = Script(ids.new_run())
        first = script.first(self.at)
        opened = Open.model_validate({"req": "o", "run": script.run, "first": first})
        self.carry(self.core.frame(conn, opened, self.now()))
        self._lines.append(Line(script.run, gate, first))
        for number in range(EVENTS_A_RUN - 1):
            envelope: dict[str, Any] = orjson.loads(script.event(self.at))
            self._lines.append(Line(script.run, gate, envelope))
            if number % EVENTS_A_PERMIT == 0:
                self._permit(conn, script.run, str(number))
        self.flush(BATCH)

    def _permit(self, conn: int, run: str, call: str) -> None:
        ask = {"kind": "permit", "req": call, "run": run, "call": call, "tool": "refund", "cls": "write"}
        frame, _ = read_up(orjson.dumps({**ask, "digest": "ab" * 32, "args": "{}"}))
        assert isinstance(frame, AskPermit)
        done = self.carry(self.core.frame(conn, frame, self.now()))
        for permit in _granted(done):
            outcome = Outcome(run=run, permit=permit, call=call, outcome="done", digest="cd" * 32, ms=2.0)
            self.carry(self.core.frame(conn, outcome, self.now()))

    def flush(self, least: int = 0) -> None:
        """Write what has come together, once it is at least this much."""
        if len(self._lines) > least:
            self.trace.write(self._lines)
            self.record.append(self._facts, self.at)
            self._lines, self._facts = [], []


def _granted(effects: list[Effect]) -> Iterator[str]:
    for effect in effects:
        frame = getattr(effect, "frame", None)
        if isinstance(frame, Granted):
            yield frame.permit


def main() -> None:
    """``fill FOLDER EVENTS``: a hundred runs a gate, a hundred events a run."""
    past = Past(Path(sys.argv[1]))
    for conn in range(1, int(sys.argv[2]) // (100 * EVENTS_A_RUN) + 1):
        gate = ids.new_gate()
        hello = Hello(gate=gate, pid=conn, started=conn, boot="another-boot/another-space")
        past.carry(past.core.connected(conn, hello, past.now()))
        for _ in range(100):
            past.run(gate, conn)
        past.carry(past.core.closed(conn, past.now()))
    past.flush()
    past.record.close()
    past.trace.close()


if __name__ == "__main__":
    main()
