"""What holds, policy and dial, as every gate is told of it; and how a change that gives rights comes to hold."""

from collections.abc import Callable
from functools import partial
from typing import Any

from interlock.dials import Dial
from interlock.hub.core.ask import BY_MAX, REASON_MAX
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal, Reply, Spread
from interlock.hub.core.rulebook import VOID, Rulebook, settle
from interlock.hub.core.ruling import AskDial, AskPolicy, AskStage
from interlock.wire import Candidate, InForce, PolicyText
from interlock.wire import Rules as RulesFrame

__all__ = ["Rules", "done"]

_BUSY = Refusal(
    "busy",
    "another change of policy or dial is on its way to the disk",
    "look at what it did, then ask again",
)


class Rules:
    """Keeps policy and dial, and tells the gates."""

    def __init__(self, desk: Desk, redact: Callable[[str], str]) -> None:
        self._desk, self._redact = desk, redact
        self.ruled: Callable[[], None] = lambda: None
        """Called likewise, to tell the traces of runs: set by whoever does."""
        self.changed: Callable[[], None] = lambda: None
        """Called whenever what holds has changed, after the gates were told."""

    @property
    def book(self) -> Rulebook:
        """What holds, to be read and not changed."""
        return self._desk.world.rules

    # to the gates

    def frame(self) -> RulesFrame:
        """Return what holds, as gates get it."""
        book = self.book
        version, staged, candidate = book.version(), book.staged(), book.candidate
        return RulesFrame(
            active=InForce(n=version.n, digest=version.digest) if version is not None else None,
            candidate=Candidate(n=staged.n, digest=staged.digest, share=candidate.share)
            if staged is not None and candidate is not None
            else None,
            dials=tuple(
                Dial(scope=each.scope, level=each.level, order=each.order) for each in book.dials.values()
            ),
        )

    def greet(self, conn: int) -> None:
        """Tell a gate that just connected what holds. The hub's own is under no policy."""
        if not self._desk.world.links[conn].own:
            self._spread((conn,))

    def tell(self) -> None:
        """Tell every gate what holds now."""
        links = self._desk.world.links
        self._spread(tuple(conn for conn, link in links.items() if not link.own))
        self.ruled()
        self.changed()

    def _spread(self, conns: tuple[int, ...]) -> None:
        links, book = self._desk.world.links, self.book
        for version in (book.version(), book.staged()):
            if version is not None:
                missing = tuple(conn for conn in conns if version.digest not in links[conn].policies)
                if missing:
                    text = PolicyText(n=version.n, digest=version.digest, text=version.text)
                    self._desk.do(Spread(missing, text))
        if conns:
            self._desk.do(Spread(conns, self.frame()))
        held = {each.digest for each in (book.version(), book.staged()) if each is not None}
        for conn in conns:
            # A gate keeps the texts of what holds, and no others.
            links[conn].policies = held

    # what gives rights

    def busy(self) -> Refusal | None:
        """Return why nothing that gives rights can be asked for now: one such change at a time."""
        return _BUSY if self.book.pending is not None else None

    def said(self, ask: AskPolicy | AskStage | AskDial) -> dict[str, Any]:
        """Return who asks for it, when and why, as the record keeps it."""
        return {
            "by": ask.by[:BY_MAX],
            "reason": self._redact(ask.reason)[:REASON_MAX],
            "at": ask.at,
            "cause": ask.cause if isinstance(ask, AskDial) else "person",
        }

    def give(
        self, request: int, kind: str, ask: AskPolicy | AskStage | AskDial, body: dict[str, Any]
    ) -> None:
        """Write down what gives rights; it takes hold, and is answered, once it is on disk."""
        desk = self._desk
        desk.write(Fact(kind, {**body, **self.said(ask)}, order=ask.order))
        desk.then(partial(self._given, request, ask.order))

    def _given(self, request: int, order: str) -> None:
        desk = self._desk
        if settle(self.book, order):
            self.tell()
            desk.answer(done(request, order))
        else:
            problem = "the same dial was lowered while this was on its way to the disk, so it did not happen"
            desk.refuse(request, Refusal("conflict", problem, "look at the dial, then ask again"))

    def unwritten(self) -> None:
        """Take back the change that waits for a record that takes nothing: it never holds, as the record will say."""
        pending = self.book.pending
        if pending is not None:
            why = "it could not be written in time, so it did not take hold"
            body = {"why": why, "kind": pending.fact.kind, "by": "hub", "at": self._desk.now.wall}
            self._desk.write(Fact(VOID, body, order=pending.fact.order))


def done(request: int, order: str) -> Reply:
    """Return the answer to a change that holds: its order."""
    return Reply(request, order=order)
