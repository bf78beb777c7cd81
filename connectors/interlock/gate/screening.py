"""One run's input guardrails: what its model is about to read is looked through, and what is found taints the run.

A tool's result is looked through when somebody wants to know of it: before the next model call, and before the first
call whose policy, or whose person, asks what the run has read. So a read costs no more for it.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from interlock.guardrails import (
    Finding,
    Guard,
    Hook,
    Piece,
    Request,
    Screening,
    ask,
    pieces,
    result,
    screen,
    screen_request,
    worst,
)

if TYPE_CHECKING:
    from interlock.gate.run import Run

__all__ = ["Screen", "Taint"]

Json = dict[str, Any]
T = TypeVar("T")

WAITING_MAX = 256
"""Results that wait to be looked through; past that a thread begins with it."""
WAITING_MOST = 4096
"""Past that whoever brings one more does it."""
TAINTS_MAX = 64
SEEN_MAX = 10_000
"""Texts of a run that are known to have been looked through; past that some are again."""
FINDINGS_TOLD = 32
SHORT = 512


@dataclass(frozen=True, slots=True)
class _Standing(Finding):
    """What keeps a model from a text, and which text: a person who lets it through has not seen another one.

    ``text`` is the text's hash; of what was found in a request as a whole, that of all texts that were new in it.
    """

    text: int = 0


class Taint(Sequence[str]):
    """The sources from outside in which something was found, each once. Asking for them looks through what waits."""

    def __init__(self, screen: "Screen") -> None:
        self._screen = screen

    def _known(self) -> tuple[str, ...]:
        return self._screen.tainted()

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self._known()[index]

    def __len__(self) -> int:
        return len(self._known())

    def append(self, source: str) -> None:
        """Note a source that somebody else found fault with: an adapter, or the agent's own code."""
        self._screen.taints(source)


class Screen:
    """Looks through what a run reads. Safe from any thread; hooks are asked in threads of their own."""

    def __init__(self, run: "Run", hooks: Mapping[str, Hook]) -> None:
        self._run, self._hooks = run, hooks
        self.taint = Taint(self)
        self._lock = threading.RLock()
        self._waiting: deque[tuple[str, str, str]] = deque()
        self._helper: threading.Thread | None = None
        self._sources: dict[str, None] = {}
        self._heard: dict[int, None] = {}
        """Results that were looked through or wait for it, by their hash.

        Python keys the hash of a text with a secret of the process, so that nobody makes two of one hash.
        """
        self._seen: dict[int, tuple[_Standing, ...]] = {}
        """Texts that a model was to read, likewise, and what in them keeps one from it.

        Not the same: a result by itself taints, and what is done about it is decided once a model is to read it.
        """
        self._tainting: dict[int, str] = {}
        """Results in which something was found, by :func:`_squeezed`: the source that each is."""
        self._by: Guard | None = None
        """The guardrails that ``_seen`` was found by."""
        self._passed: set[_Standing] = set()
        """What a person let through."""

    @property
    def guard(self) -> Guard:
        """The guardrails of the run's role, by its side of the policy; signs are flagged where it says nothing."""
        member = self._run.member
        side = self._run.link.rules.side(member.run)
        found = side.policy.guard(member.who.role) if side is not None and side.policy is not None else None
        return found or Guard()

    def heard(self, tool: str, call: str, text: str) -> None:
        """Note what a tool gave back, to be looked through once it matters."""
        waiting = self._waiting
        if hash(text) in self._heard:
            return
        waiting.append((tool, call, text))
        if len(waiting) > WAITING_MAX:
            self._crowded()

    def _crowded(self) -> None:
        if len(self._waiting) > WAITING_MOST:
            self._look_through()
        elif self._helper is None or not self._helper.is_alive():
            self._helper = threading.Thread(target=self._look_through, daemon=True, name="guardrails")
            self._helper.start()

    def tainted(self) -> tuple[str, ...]:
        """Return the sources something was found in so far."""
        if self._waiting:
            self._look_through()
        return tuple(self._sources)

    def taints(self, source: str) -> None:
        """Know one more source that taints the run, unless there are too many."""
        with self._lock:
            if len(self._sources) < TAINTS_MAX:
                self._sources.setdefault(source[:SHORT])

    def _look_through(self) -> None:
        with self._lock:
            while self._waiting:
                tool, call, text = self._waiting.popleft()
                if hash(text) not in self._heard:
                    _bounded(self._heard, hash(text), None)
                    piece = result(tool, call, text)
                    found = screen(self.guard, [piece])
                    if found.findings:
                        _bounded(self._tainting, _squeezed(text), piece.source)
                    self._tell(found, call, "flag" if found.findings else "allow")

    def request(self, messages: object, call: str) -> tuple[Finding, ...]:
        """Look through what a model is to read, and return what stands in the way: findings that ask or block.

        Takes as long as the longest budget of the role's hooks. What was found before and is there again counts again.
        """
        self.tainted()
        member, guard = self._run.member, self.guard
        texts = list(pieces(messages)) if messages is not None else []
        with self._lock:
            if guard != self._by:
                self._seen, self._by = {}, guard
            fresh = self._new(texts)
            found = screen(guard, fresh)
            if guard.scope.about or guard.scope.never_about:
                goal = screen_request(guard, member.who.goal)
                found = Screening(goal.findings + found.findings, found.unread)
        if guard.hooks and fresh:
            asked = Request(member.who.agent, member.who.role, member.who.goal, fresh)
            found = Screening(found.findings + ask(guard.hooks, self._hooks, asked), found.unread)
        standing = list(_standing(found.findings, fresh))
        with self._lock:
            again = [finding for piece in texts for finding in self._seen.get(_key(piece), ())]
            if guard == self._by:
                self._keep(fresh, standing)
            origins = self._origins([piece for piece in fresh if piece.source in found.tainted])
            return self._in_the_way(found, (*standing, *again), call, origins)

    def _origins(self, faulty: Iterable[Piece]) -> dict[str, str]:
        """Return the messages that are nothing but a result that taints already: the taint of both is one."""
        origins: dict[str, str] = {}
        for piece in faulty:
            known = self._tainting.get(_squeezed(piece.text), "")
            origins[piece.source] = known if origins.get(piece.source, known) == known else ""
        return {source: known for source, known in origins.items() if known}

    def _in_the_way(
        self, found: Screening, stands: Iterable[_Standing], call: str, origins: Mapping[str, str]
    ) -> tuple[Finding, ...]:
        standing = dict.fromkeys(finding for finding in stands if finding not in self._passed)
        verdict = worst(finding.verdict for finding in standing)
        self._tell(found, call, "flag" if verdict == "allow" and found.findings else verdict, origins)
        # A recording is not asked about, and its models read nothing.
        return () if self._run.member.who.mode == "replay" else tuple(standing)

    def passed(self, findings: Iterable[Finding]) -> None:
        """A person let these through, as :meth:`request` returned them: they stand in the way no more."""
        with self._lock:
            self._passed.update(finding for finding in findings if isinstance(finding, _Standing))

    def _new(self, texts: Iterable[Piece]) -> list[Piece]:
        """Return the texts that these guardrails have not judged, each once.

        They are known only once they are judged: of two requests at once neither passes on what the other looks at.
        """
        fresh = {_key(piece): piece for piece in reversed(list(texts)) if _key(piece) not in self._seen}
        return list(reversed(fresh.values()))

    def _keep(self, fresh: Sequence[Piece], standing: Sequence[_Standing]) -> None:
        """Know texts as judged, and what stands in the way of each wherever it comes again."""
        whole = _whole(fresh)
        for piece in fresh:
            kept = tuple(finding for finding in standing if finding.text in (hash(piece.text), whole))
            _bounded(self._seen, _key(piece), kept)

    def _tell(
        self, found: Screening, call: str, verdict: str, origins: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        if not found.findings or verdict == "allow":
            return
        for source in found.tainted:
            self.taints(origins.get(source, source))
        told = [
            {
                "verdict": finding.verdict,
                "rule": finding.rule[:256],
                "source": finding.source[:SHORT],
                "excerpt": finding.excerpt[:200],
                "offset": finding.offset,
            }
            for finding in found.findings[:FINDINGS_TOLD]
        ]
        event: Json = {"kind": "input.screened", "call": call, "verdict": verdict, "findings": told}
        event |= {"unread": found.unread} if found.unread else {}
        self._run.link.emit(self._run.member, time(), event, call, None)


def _key(piece: Piece) -> int:
    """Return what a text is known by: what our own model once said is looked through where it comes from outside."""
    return hash((piece.text, piece.outside))


def _squeezed(text: str) -> int:
    """Return what a result is known by wherever it is written: agents set the same JSON with other blanks."""
    return hash("".join(text.split()))


def _bounded(known: dict[int, T], key: int, value: T) -> None:
    if len(known) >= SEEN_MAX and key not in known:
        del known[next(iter(known))]
    known[key] = value


def _standing(findings: Iterable[Finding], fresh: Sequence[Piece]) -> Iterator[_Standing]:
    """Yield what stands in the way, once for each text it was found in. What is said of the goal is of no text."""
    for finding in findings:
        if finding.verdict not in ("ask", "block"):
            continue
        texts = [
            hash(piece.text)
            for piece in fresh
            if piece.source == finding.source and piece.text.startswith(finding.excerpt, finding.offset)
        ]
        for text in texts or [0 if finding.source == "goal" else _whole(fresh)]:
            yield _Standing(
                finding.verdict, finding.rule, finding.source, finding.excerpt, finding.offset, text
            )


def _whole(fresh: Iterable[Piece]) -> int:
    return hash(tuple(piece.text for piece in fresh))
