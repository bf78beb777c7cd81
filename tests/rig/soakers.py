"""Agents of the soak, a forked process for each NUMBER that is read: it keeps to one role of the policy, for ever.

They do what agents do that nobody looks after: they ask for what is allowed, what a person decides and what is denied,
take every error for a reason to go on, and open another run once one was ended.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from interlock import Run, RunKilled, connect
from interlock.errors import HubUnavailable, KillSignal
from interlock.gameday.agent import redress
from interlock.gameday.agent.desk import Desk
from interlock.gameday.till import Till
from interlock.gate import Gate

Json = dict[str, Any]

QUICK, LATE = ("A-1009", "A-1010", "A-1011", "A-1012"), ("A-1014", "A-1015")
"""Orders whose payment is made at once, and such as outlive the two seconds that a refund may take."""


HOSTS = 2
"""So many of them, the first, offer the back office's tools."""


class Soaker:
    """One agent: a role, what it does in it, and a gate of its own."""

    def __init__(self, number: int, gate: Gate) -> None:
        till = Till.found()
        self._number, self._gate, self._till = number, gate, till
        self._rng = random.Random(number)
        self._desk = Desk(gate, till)

        @gate.tool(cls="read")
        def track_parcel(order_id: str) -> Json:
            return till.track(order_id)

        @gate.tool(cls="read")
        def read_letter(order_id: str) -> Json:
            return till.letter(order_id)

        self._track_parcel, self._read_letter = track_parcel, read_letter
        self._roles: tuple[tuple[str, tuple[Callable[[], None], ...]], ...] = (
            ("support-agent", (self._refund, self._change, self._mail)),
            ("refund-agent", (self._refund,)),
            ("claims-agent", (self._refund,)),
            ("parcel-tracker", (self._track, self._track, self._change)),
            ("returns-trainee", (self._refund, self._change, self._mail)),
            ("expenses-agent", (self._refund,)),
            ("letter-desk", (self._letter, self._change)),
            ("supplier-desk", (self._mail,)),
        )

    def _refund(self) -> None:
        """Pay a little by itself, more with a person, and too much never."""
        self._desk.lookup_order(order := self._rng.choice(QUICK + LATE))
        self._desk.refund(order, self._rng.choice((5.0, 8.0, 150.0, 900.0)))

    def _change(self) -> None:
        """Change an order to what is allowed, or to what is not."""
        self._desk.change_order(self._rng.choice(QUICK), self._rng.choice(("open", "closed", "burnt")))

    def _mail(self) -> None:
        """Write to the house, and to somebody whom no goal named."""
        to = self._rng.choice(("desk@acme.example", "who@elsewhere.example"))
        self._desk.send_email("A-1009", to, "It is on its way.")

    def _letter(self) -> None:
        """Read what speaks to the model, then write."""
        self._read_letter("A-1022")
        self._mail()

    def _track(self) -> None:
        """Follow a parcel of the carrier, who comes and goes."""
        self._track_parcel(self._rng.choice(QUICK))

    def serve(self) -> None:
        """Offer the back office's tools for as long as the hub will have it."""
        tools = redress.tools(self._gate, self._till)
        with self._gate.serve(agent=redress.AGENT, role=redress.ROLE, tools=tools) as host:
            host.wait()

    def work(self) -> None:
        """Open one run after another."""
        role, does = self._roles[self._number % len(self._roles)]
        while True:
            try:
                with self._gate.run(agent=f"soak-{self._number}", role=role, goal="see to A-1009") as run:
                    self._live(run, does)
            except (RunKilled, KillSignal):
                time.sleep(self._rng.uniform(0.5, 2.0))
            except Exception:  # noqa: BLE001 - no hub, or nothing of this role may begin: it tries again
                time.sleep(0.5)

    def _live(self, run: Run, does: tuple[Callable[[], None], ...]) -> None:
        """Work through one run, whatever goes wrong but a kill."""
        for _ in range(self._rng.randint(3, 30)):
            try:
                self._rng.choice(does)()
            except RunKilled:
                raise
            except Exception:  # noqa: BLE001 - what a framework that swallows everything does
                time.sleep(self._rng.uniform(0.1, 0.5))
            time.sleep(self._rng.uniform(0.1, 1.5))
        run.finish("done", "enough")


def become(number: int) -> None:
    """Be one agent until somebody ends the process."""
    while True:
        try:
            soaker = Soaker(number, connect(timeout=60.0))
        except HubUnavailable:
            continue
        (soaker.serve if number < HOSTS else soaker.work)()


def main() -> None:
    """Fork one for each number, and tell its process's id: none of them imports what is imported here already."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while line := sys.stdin.readline():
        child = os.fork()
        if not child:
            become(int(line))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
