"""One run as this process knows it: what holds for it now, and which calls are in the air.

The flags are written by the link's thread and read by the agent's. There is no lock, only an order of steps. A
call first puts itself among the flying, then looks at the flags; an order first sets the flags, then looks at the
flying. Whichever is second sees the other, so no call can start unseen behind an answer.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple

from interlock.clock import boot
from interlock.events import InFlight
from interlock.orders import Cancel, Kill, Pause, Resume
from interlock.wire import Opened

__all__ = ["Flight", "Member", "Who"]

Order = Cancel | Pause | Resume | Kill
Read = tuple[str, float]
"""A read that nothing interrupts, by its fast path: its tool, and since when by the boot-time clock."""


class Flight:
    """One call that may be running, and may be interrupted: what an answer to an order says of it."""

    __slots__ = ("call", "cancel", "cls", "permit", "since", "tool")

    def __init__(self, call: str, tool: str, cls: Any, since: float, permit: str | None = None) -> None:
        """``since`` in seconds by the boot-time clock."""
        self.call, self.tool, self.cls, self.since, self.permit = call, tool, cls, since, permit
        self.cancel: Callable[[], None] | None = None
        """Ends the call from another thread when its run is killed; None for what is never interrupted."""

    def told(self, now: float) -> InFlight:
        """Return the call as an answer names it."""
        ms = max(0.0, (now - self.since) * 1000)
        return InFlight.model_validate(
            {"call": self.call, "tool": self.tool, "cls": self.cls, "ms": ms, "permit": self.permit}
        )


class Who(NamedTuple):
    """What policy and dial hang on: who the run is, as its first event says, and whether it acts at all.

    Without a mode nobody has said, of a run that was joined: whoever decides takes that for the worst.
    """

    agent: str = ""
    role: str = ""
    goal: str = ""
    mode: str = ""


def _who(said: dict[str, Any]) -> Who:
    agent, role, goal = (str(said.get(key, "")) for key in ("agent", "role", "goal"))
    return Who(agent, role, goal, str(said.get("mode", "live")))


class Member:
    """This gate's part in one run."""

    def __init__(
        self, run: str, *, trace: str, span: str, parent_span: str | None, first: dict[str, Any] | None
    ) -> None:
        """``first`` is the run's first event, an envelope in plain JSON; None for a gate that joins."""
        self.run, self.trace, self.span, self.parent_span, self.first = run, trace, span, parent_span, first
        # Taken at once: long texts in the event become references, and secrets are taken out of it.
        self.who = Who() if first is None else _who(first["event"])
        self.shut = False
        """A kill or a pause holds: the one flag the fast path reads."""
        self.over = False
        """The run has ended here, or the hub says so."""
        self.forked = False
        self.barred: Exception | None = None
        """Why the hub will never hear of this gate again; nothing starts in the dark."""
        self.kill: Kill | None = None
        self.pause: Pause | None = None
        self.cancel: Cancel | None = None
        self.flying: dict[str, Flight | Read] = {}
        self.opened: Future[None] = Future()
        self.release: Future[None] = Future()
        """Done when the pause that holds now ends, by a resume or by a kill."""
        self.asked = False
        """``open`` or ``join`` was sent at least once."""
        self.here = False
        """The hub let this gate into the run on the connection of now."""
        self.leaving = False
        self.ahead = False
        """A pause or resume came on this connection before ``opened``: it is newer than what that says."""
        self.shed = 0
        """Reports not kept since the trace was told of some last."""

    def obey(self, order: Order) -> None:
        """Let the order hold from now on. Link thread only.

        Of two kills or two pauses the newest is the one that is answered as calls end: a hub that died between
        them knows only that one.
        """
        if isinstance(order, Kill):
            first = self.kill is None
            self.kill = order
            self.shut = True
            if first:
                self.let_go()
                for flight in list(self.flying.values()):
                    if isinstance(flight, Flight) and flight.cancel is not None:
                        flight.cancel()
        elif isinstance(order, Pause):
            if self.pause is None:
                self.release = Future()
            self.pause = order
            self.shut = True
        elif isinstance(order, Resume):
            self.resumed()
        else:
            self.cancel = order

    def told(self, frame: Opened) -> None:
        """Take from the hub who the run is, where this gate only joined it. Link thread only."""
        if self.first is None and frame.role is not None:
            agent, goal = frame.agent.raw if frame.agent else "", frame.goal.raw if frame.goal else ""
            self.who = Who(agent, frame.role.raw, goal, frame.mode or "")

    def resumed(self) -> None:
        """No pause holds any more. A kill stays. Link thread only."""
        self.pause = None
        self.shut = self.kill is not None or self.barred is not None
        self.let_go()

    def bar(self, why: Exception) -> None:
        """Nothing starts any more: there is no hub that could stop it. Link thread only."""
        self.barred = why
        self.shut = True
        self.let_go()

    def let_go(self) -> None:
        """Have held calls look again. Link thread only."""
        if not self.release.done():
            self.release.set_result(None)

    def held(self) -> list[Order]:
        """Return the orders this gate obeys."""
        return [order for order in (self.kill, self.pause, self.cancel) if order is not None]

    def in_flight(self) -> tuple[InFlight, ...]:
        """Return what is in the air now. Safe from any thread."""
        now, flying = boot(), list(self.flying.items())
        return tuple(
            (found if isinstance(found, Flight) else Flight(call, found[0], "read", found[1])).told(now)
            for call, found in flying
        )
