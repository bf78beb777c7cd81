"""The dial: lowered at once, for a person or a rule; raised only for a person, with proof, once that is on disk."""

from typing import Any

from interlock.dials import LEVELS, DialScope, Level
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal
from interlock.hub.core.rulebook import DIAL
from interlock.hub.core.rules import Rules, done
from interlock.hub.core.ruling import PROOF, AskDial
from interlock.wire import encode

__all__ = ["Turning"]

_ROOM = 200 * 1024
"""Bytes that all dials together may take in a frame."""


class Turning:
    """Turns dials."""

    def __init__(self, desk: Desk, rules: Rules) -> None:
        self._desk, self._rules = desk, rules

    def level(self, scope: DialScope) -> Level:
        """Return where the dial of a scope stands."""
        now = self._rules.book.dials.get(scope.key)
        return now.level if now is not None else "auto"

    def turn(self, request: int, ask: AskDial) -> None:
        """Turn a dial: down at once, up once that is on disk and only with proof."""
        now = self._rules.book.dials.get(ask.scope.key)
        level = now.level if now is not None else "auto"
        if now is not None and LEVELS.index(ask.level) > LEVELS.index(level):
            refused = self._rules.busy() if ask.proof == now.order[-PROOF:] else _proof(ask, now.order)
            if refused is not None:
                self._desk.refuse(request, refused)
            else:
                self._rules.give(request, DIAL, ask, {**_turned(ask, level), "raised": True})
            return
        refused = self._lower(ask, level)
        if refused is not None:
            self._desk.refuse(request, refused)
        else:
            self._desk.then(lambda: self._desk.answer(done(request, ask.order)))

    def lower(self, ask: AskDial) -> Refusal | None:
        """Lower a dial for a rule (``by`` is ``rule:NAME``): the gates are told at once. Return why not, if not."""
        now = self._rules.book.dials.get(ask.scope.key)
        level = now.level if now is not None else "auto"
        if LEVELS.index(ask.level) > LEVELS.index(level):
            return Refusal(
                "conflict", f"the dial stands at {level!r}, and only a person raises it", "ask a person"
            )
        return self._lower(ask, level)

    def _lower(self, ask: AskDial, level: Level) -> Refusal | None:
        if ask.level == level and not self._raising(ask):
            return Refusal(
                "unchanged",
                f"the dial stands at {level!r} already",
                "'interlock dial show' prints them all",
            )
        if not self._room(ask):
            problem = "the dials together would be too long for the gates"
            return Refusal("limit", problem, "raise some to auto, or lower a whole role or the fleet")
        body = {**_turned(ask, level), "raised": False, **self._rules.said(ask)}
        # Folding comes first, because the frame says what holds; in the effects the frame is ahead of the append.
        self._desk.write(Fact(DIAL, body, order=ask.order))
        self._rules.tell()
        return None

    def _raising(self, ask: AskDial) -> bool:
        """Return whether somebody is about to raise this very dial: to say again what holds is to lower it then."""
        pending = self._rules.book.pending
        return (
            pending is not None
            and pending.fact.kind == DIAL
            and pending.fact.body["scope"] == _plain(ask.scope)
        )

    def _room(self, ask: AskDial) -> bool:
        scopes = [each.scope for key, each in self._rules.book.dials.items() if key != ask.scope.key]
        sizes = (len(encode(scope).encode()) for scope in [*scopes, ask.scope])
        return ask.scope.fleet is True or sum(size + 100 for size in sizes) <= _ROOM


def _turned(ask: AskDial, level: Level) -> dict[str, Any]:
    return {"scope": _plain(ask.scope), "level": ask.level, "was": level}


def _plain(scope: DialScope) -> dict[str, Any]:
    return scope.model_dump(mode="json", exclude_none=True)


def _proof(ask: AskDial, order: str) -> Refusal:
    problem = f"{ask.proof!r} is not how the order that lowered this dial ends, so it was not raised"
    return Refusal(
        "proof",
        problem,
        f"give the last {PROOF} characters of that order, as 'interlock dial show' prints it: {order}",
    )
