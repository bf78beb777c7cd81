"""What holds for the calls of this process: the sides of the policy, and the dials.

Put together in the link's thread, as one object that never changes; the agent's threads see that one or the next.
"""

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from interlock.dials import Dial, in_force
from interlock.policy.staged import staged
from interlock.wire import InForce, PolicyText
from interlock.wire import Rules as Frame

if TYPE_CHECKING:
    from interlock.policy import Policy

__all__ = ["Rulebook", "Rules", "Side"]

TEXTS_MAX = 4
"""Texts of policies that are kept until a frame names them."""


class Side(NamedTuple):
    """One version of the policy as this process has it. Where it cannot be read, ``problem`` says why."""

    n: int
    digest: str
    policy: "Policy | None"
    problem: str = ""


class Rules(NamedTuple):
    """What the hub said last of policy and dials. Without any policy, calls are judged by their class."""

    active: Side | None = None
    candidate: Side | None = None
    share: float = 0.0
    dials: tuple[Dial, ...] = ()

    def side(self, run: str) -> Side | None:
        """Return the policy that holds for a run: the candidate for its share of them, else the active one."""
        if self.candidate is not None and staged(run, self.share, self.candidate.digest):
            return self.candidate
        return self.active

    def dial(self, agent: str, role: str, tool: str) -> Dial | None:
        """Return the lowest dial that covers such a call."""
        return in_force(self.dials, agent, role, tool)


class Rulebook:
    """Reads policies as the hub sends them, each once. Link thread only."""

    def __init__(self) -> None:
        self.rules = Rules()
        self._texts: dict[str, str] = {}

    def text(self, frame: PolicyText) -> None:
        """Keep a policy's text until a frame says that it holds."""
        self._texts[frame.digest] = frame.text
        while len(self._texts) > TEXTS_MAX:
            del self._texts[next(iter(self._texts))]

    def turn(self, frame: Frame) -> list[Side]:
        """Let it hold from now on, entirely. Return the sides that this process cannot read, if they are new."""
        before = {side.digest: side for side in (self.rules.active, self.rules.candidate) if side is not None}
        active = self._side(frame.active, before)
        # The hub sends one text once, also where both sides say the same.
        read_now = {active.digest: active} if active is not None else {}
        candidate = self._side(frame.candidate, before | read_now)
        share = frame.candidate.share if frame.candidate else 0.0
        self.rules = Rules(active, candidate, share, frame.dials)
        return [
            side for side in (active, candidate) if side and side.problem and before.get(side.digest) != side
        ]

    def _side(self, named: InForce | None, before: dict[str, Side]) -> Side | None:
        if named is None:
            return None
        known = before.get(named.digest)
        if known is not None and known.policy is not None:
            return known._replace(n=named.n)
        text = self._texts.pop(named.digest, None)
        if text is None:
            return known or Side(named.n, named.digest, None, "the hub did not send its text")
        return read(named.n, named.digest, text)


def read(n: int, digest: str, text: str) -> Side:
    """Return the policy of this text, or why it cannot be read here."""
    if hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != digest:
        return Side(n, digest, None, "its text is not what its digest says")
    try:
        from interlock.policy import Policy

        return Side(n, digest, Policy.from_json(text))
    except Exception as error:  # noqa: BLE001 - whatever stops this process from reading it, it is not read
        return Side(n, digest, None, f"{type(error).__name__}: {error}"[:300])
