"""One run as the agent sees it: a ``with`` block, what is reported in it, and the calls that pass its gate."""

import itertools
import os
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from time import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from interlock.clock import boot
from interlock.errors import CancelSignal, ConfigError, HubUnavailable, KillSignal, RunKilled
from interlock.gate.birth import SHADOWED
from interlock.gate.call import Call, Json, ToolClass
from interlock.gate.judging import Judge
from interlock.gate.modelcall import ModelCall
from interlock.gate.passage import admit
from interlock.gate.screening import Screen
from interlock.gate.shadowing import Virtual
from interlock.gate.texts import plain, told_error
from interlock.gate.waits import Passage, Wait, adrive, drive
from interlock.link import Link, Member

if TYPE_CHECKING:
    from interlock.gate.gate import Gate

__all__ = ["Run", "current"]

Claim = Literal["done", "failed", "cancelled", "killed", "ended"]
Role = Literal["system", "user", "assistant", "tool", "other"]

OPEN_SECONDS = 10.0
SAYS_KEPT = 4000
"""Characters of the newest thought that stand beside a call a person decides on."""

_here: ContextVar["Run | None"] = ContextVar("interlock.run", default=None)


here = _here.get
"""What :func:`current` returns, without a Python frame of its own, for the fast path."""


def current() -> "Run | None":
    """Return the run of this context, or None. Threads do not inherit it: see :meth:`Run.attach`."""
    return _here.get()


class Run:
    """A run of this gate, from ``gate.run(...)`` or ``gate.join(...)``. Use it as a context manager, sync or async."""

    def __init__(self, gate: "Gate", link: Link, member: Member, *, joined: bool) -> None:
        self.gate, self.link, self.member = gate, link, member
        self.id = member.run
        self.inside = False
        """Within its ``with`` block: a kill is a KillSignal there, and RunKilled past it."""
        self.judge = Judge(link, member)
        """What decides its calls, by policy and dial."""
        self.virtual = Virtual()
        """What it wrote without effect, in shadow."""
        self.screen = Screen(self, gate.hooks)
        """The guardrails in front of its model."""
        self.taint = self.screen.taint
        """Where something was found in what it has read from outside: each source once."""
        self.says = ""
        """The newest thing the agent said it was thinking: shown to whoever has to decide on its calls."""
        self._joined = joined
        self._claimed = False
        self._tokens: list[Token[Run | None]] = []
        self._numbers = itertools.count(1)
        self._prefix = f"{link.gate[2:10]}-"

    @property
    def role(self) -> str:
        """The role that policy and budgets hang on; empty for a joined run the hub has not told of."""
        return self.member.who.role

    # the block

    def __enter__(self) -> Self:
        drive(self._open())
        return self._entered()

    async def __aenter__(self) -> Self:
        await adrive(self._open())
        return self._entered()

    def _open(self) -> Passage[None]:
        member, link = self.member, self.link
        if member.forked:
            raise ConfigError("this gate came over a fork", fix="call interlock.connect() in the child")
        if link.fatal is not None:
            raise link.fatal
        if self.inside or member.over:
            raise ConfigError("a run is entered once", value=self.id, fix="make a new one with gate.run(...)")
        link.post(link.begin, member)
        yield from _within(member, link)

    def _entered(self) -> Self:
        self.inside = True
        self._tokens.append(_here.set(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        _here.reset(self._tokens.pop())
        self.inside = False
        self._end(error)
        kill = self.member.kill
        ours = isinstance(error, KillSignal) and error.run == self.id
        if kill is not None and (ours or error is None or isinstance(error, Exception)):
            said = RunKilled(self.id, "run", order=kill.order, reason=kill.reason.raw, by=kill.by.raw)
            raise said from error
        return isinstance(error, CancelSignal) and error.run == self.id

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return self.__exit__(kind, error, trace)

    def _end(self, error: BaseException | None) -> None:
        if self.member.forked:
            return
        if not self._joined and not self._claimed:
            claim: Claim = "ended" if error is None else "failed"
            if self.member.kill is not None:
                claim = "killed"
            elif isinstance(error, CancelSignal):
                claim = "cancelled"
            self.finish(claim, error=None if claim in ("killed", "cancelled") else error)
        self.member.over = True
        self.link.post(self.link.leave, self.member)

    def finish(
        self,
        claim: Claim = "done",
        output: Any = None,
        *,
        error: str | BaseException | None = None,
        recorded: int | None = None,
    ) -> None:
        """Claim how the run ended; nothing more starts in it. Without it, leaving the block says ``ended``."""
        if self._claimed or self._joined:
            return
        self._claimed = True
        event: Json = {"kind": "run.finished", "claim": claim}
        if output is not None:
            event["output"] = plain(output)
        if error is not None:
            event["error"] = told_error(error)
        self._emit(event, recorded)
        self.member.over = True

    @contextmanager
    def attach(self) -> Generator[Self]:
        """Make this the current run of another thread or context, for the length of a block."""
        token = _here.set(self)
        try:
            yield self
        finally:
            _here.reset(token)

    def env(self) -> dict[str, str]:
        """Return the variables that make a child process's runs children of this one, in the same trace and shadow."""
        found = {
            "INTERLOCK_PARENT_RUN": self.id,
            "TRACEPARENT": f"00-{self.member.trace}-{self.member.span}-01",
        }
        return found | {SHADOWED: "1"} if self.judge.shadows else found

    def child_env(self) -> dict[str, str]:
        """Return this process's environment with :meth:`env` in it: the ``env`` of a subprocess."""
        return {**os.environ, **self.env()}

    # what the agent reports

    def reasoning(self, text: str, *, call: str | None = None, recorded: int | None = None) -> None:
        """Report what the agent says it is thinking."""
        self.says = text[:SAYS_KEPT]
        self._emit({"kind": "reasoning", "text": text} | ({"call": call} if call else {}), recorded)

    def message(
        self, text: str, role: Role = "assistant", *, author: str | None = None, recorded: int | None = None
    ) -> None:
        """Report one message of the conversation."""
        event: Json = {"kind": "message", "role": role, "text": text}
        self._emit(event | ({"author": author[:512]} if author else {}), recorded)

    def context(self, messages: Any, *, call: str | None = None, recorded: int | None = None) -> None:
        """Report what is in the model's context now; what is no text is written as JSON."""
        event: Json = {"kind": "context.snapshot", "messages": plain(messages)}
        self._emit(event | ({"call": call} if call else {}), recorded)

    def _emit(self, event: Json, recorded: int | None = None) -> None:
        self.link.emit(self.member, time(), event, None, recorded)

    # what passes the gate

    def model(
        self,
        name: str | None = None,
        messages: Any = None,
        *,
        call_id: str | None = None,
        recorded: int | None = None,
    ) -> ModelCall:
        """Return a model call, to be entered with ``with`` or ``async with``. It is gated like a read."""
        return ModelCall(self, name, messages, call_id=call_id, recorded=recorded)

    def call(
        self,
        tool: str,
        cls: ToolClass,
        args: Any,
        *,
        call_id: str | None = None,
        recorded: int | None = None,
        heeds: bool = False,
    ) -> Call:
        """Pass the gate with one tool call, blocking where it must; once it returns the call may start.

        For adapters, which run the tool themselves and then say ``call.finished(...)``. ``call_id`` is unique in
        the run. A call that is never finished stays in flight and holds up every confirmed stop of its run for as
        long as this process lives; ``with run.call(...) as call:`` finishes it.

        ``heeds=True`` says that the caller runs the tool with ``call.bound``, which a person may have edited, and
        where ``call.shadowed`` runs nothing and takes ``call.virtual``. Without it such calls are refused.

        Raises like a decorated tool: KillSignal, RunKilled, RunOver, CallRefused, PermitExpired, ArgumentsError.
        """
        call = Call(self, tool[:512], cls, args, call_id=call_id, recorded=recorded, heeds=heeds)
        drive(admit(call))
        return call

    async def acall(
        self,
        tool: str,
        cls: ToolClass,
        args: Any,
        *,
        call_id: str | None = None,
        recorded: int | None = None,
        heeds: bool = False,
    ) -> Call:
        """Pass the gate like :meth:`call`, awaiting instead of blocking."""
        call = Call(self, tool[:512], cls, args, call_id=call_id, recorded=recorded, heeds=heeds)
        await adrive(admit(call))
        return call

    def next_call(self) -> str:
        """Return a fresh call id, unique among all gates of the run."""
        return f"{self._prefix}{next(self._numbers)}"

    # what operators want

    @property
    def cancelled(self) -> bool:
        """An operator asked the agent to end by itself."""
        return self.member.cancel is not None

    @property
    def killed(self) -> bool:
        """The run was killed; the next call raises."""
        return self.member.kill is not None

    @property
    def paused(self) -> bool:
        """The run is paused; the next call waits."""
        return self.member.pause is not None

    def check_cancelled(self) -> None:
        """Raise CancelSignal once an operator asked the agent to end; the ``with`` block then ends quietly."""
        order = self.member.cancel
        if order is not None:
            raise CancelSignal(self.id, order=order.order, reason=order.reason.raw)

    def __repr__(self) -> str:
        return f"<interlock run {self.id}>"


def _within(member: Member, link: Link) -> Passage[None]:
    until = boot() + OPEN_SECONDS
    while not member.opened.done():
        if boot() >= until:
            link.post(link.forget, member)
            raise HubUnavailable("open a run", url=link.place.url, waited=OPEN_SECONDS)
        yield Wait(member.opened, lambda: until)
    member.opened.result()
