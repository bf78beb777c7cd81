"""``connect()``, and the gate it returns: one for each process that runs agents."""

import atexit
import os
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import time
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload

from interlock import ids
from interlock.contract import Contract
from interlock.errors import ConfigError, HubUnavailable
from interlock.gate.birth import first_event, lineage, moded
from interlock.gate.call import Json, ToolClass
from interlock.gate.entry import Guards
from interlock.gate.run import Run, current
from interlock.gate.tool import gated, promised
from interlock.gate.tripping import tell_tripped
from interlock.guardrails import Hook
from interlock.link import Link, Member, find
from interlock.link.link import shout

if TYPE_CHECKING:
    from interlock.gate.hosting import Host

__all__ = ["Gate", "connect"]

F = TypeVar("F", bound=Callable[..., Any])

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 2.0

_gates: "weakref.WeakSet[Gate]" = weakref.WeakSet()


class Gate:
    """The check in front of every tool and model call of this process. Made by :func:`connect`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._runs: weakref.WeakSet[Run] = weakref.WeakSet()
        self.hooks: dict[str, Hook] = {}
        """The team's own guardrails, by the names that policies call them."""
        self._forked = False
        self._closed = False
        self.guards = Guards()
        """The breakers and budgets of its tools."""
        link.welcomes.append(partial(tell_tripped, link, self.guards.breakers))
        self.id = link.gate
        _gates.add(self)
        atexit.register(self.close)

    # tools

    @overload
    def tool(self, fn: F, /) -> F: ...
    @overload
    def tool(
        self,
        fn: None = None,
        /,
        *,
        cls: ToolClass | None = None,
        timeout: float | None = None,
        name: str | None = None,
        contract: Contract | Mapping[str, Any] | None = None,
    ) -> Callable[[F], F]: ...
    def tool(
        self,
        fn: F | None = None,
        /,
        *,
        cls: ToolClass | None = None,
        timeout: float | None = None,
        name: str | None = None,
        contract: Contract | Mapping[str, Any] | None = None,
    ) -> F | Callable[[F], F]:
        """Put a function behind the gate, sync or async. A tool nobody classified is ``danger``.

        ``timeout`` is in seconds and counts from the start of the call, never while it is held. A synchronous
        tool with one runs in a thread; when it is late its caller gets CallTimedOut, and it stays in flight until
        it returns. Calls belong to the run of the context they are made in, whichever gate decorated the tool.

        ``contract`` is what the tool promises on failure, in the keys of a policy's ``tools:``, such as
        ``{"retries": 2, "idempotency": "order_id+amount", "breaker": "5 of 20 / 30s"}``. Where a pushed policy has one
        too, the stricter of both holds (see ``interlock.contract.stricter``). Raises ContractError for one that is not
        understood.
        """
        promise = promised(cls, timeout, contract)
        if fn is not None:
            return gated(fn, promise, name)
        return lambda fn: gated(fn, promise, name)

    def guardrail(self, name: str, hook: Hook) -> None:
        """Let a policy's ``hooks: {NAME: ...}`` ask this check before a model reads anything new.

        It is called in a thread of its own with a :class:`interlock.guardrails.Request`, and returns ``allow``,
        ``flag``, ``ask`` or ``block``, or one of them and a sentence. The policy has its budget, and what counts
        where it is late or fails.
        """
        self.hooks[name] = hook

    # runs

    def run(  # noqa: PLR0913 - one keyword for each thing a run says of itself
        self,
        *,
        agent: str,
        role: str,
        goal: str,
        model: str | None = None,
        success: str | None = None,
        mode: Literal["live", "replay", "shadow"] = "live",
        parent: str | Run | None = None,
        connector: str = "python",
        labels: Mapping[str, str] | None = None,
        recorded: int | None = None,
    ) -> Run:
        """Return a new run, to be entered with ``with`` or ``async with``; only then the hub hears of it.

        Its parent is ``parent``, or the run of this context, or ``INTERLOCK_PARENT_RUN``. A child of a run in shadow
        is in shadow. Entering raises
        HubUnavailable when the hub does not answer, and HubError when it refuses (an unknown parent).
        """
        self._usable()
        parent_run, trace, parent_span = lineage(parent or current(), os.environ)
        mode = moded(mode, parent or current(), os.environ)
        run, span = ids.new_run(), ids.new_span()
        event = first_event(
            agent=agent,
            role=role,
            goal=goal,
            model=model,
            success=success,
            mode=mode,
            parent=parent_run,
            connector=connector,
            labels=labels,
        )
        first: Json = {
            "v": 1,
            "run": run,
            "seq": 1,
            "at": time(),
            "trace": trace,
            "span": span,
            "event": event,
        }
        if parent_span:
            first["parent"] = parent_span
        if recorded is not None:
            first["recorded"] = recorded
        return self._made(
            Member(run, trace=trace, span=span, parent_span=parent_span, first=first), joined=False
        )

    def join(self, run: str) -> Run:
        """Return a run that another process opened, to be entered: this gate answers its orders too from then on."""
        self._usable()
        _, trace, parent_span = lineage(None, os.environ)
        return self._made(
            Member(run, trace=trace, span=ids.new_span(), parent_span=parent_span, first=None), joined=True
        )

    def _made(self, member: Member, *, joined: bool) -> Run:
        run = Run(self, self._link, member, joined=joined)
        self._runs.add(run)
        return run

    def _usable(self) -> None:
        if self._forked:
            raise ConfigError(
                "this gate came over a fork", fix="call interlock.connect() in the child process"
            )
        if self._closed:
            raise ConfigError("this gate is closed", fix="call interlock.connect() again")
        if self._link.fatal is not None:
            raise self._link.fatal

    def serve(self, *, agent: str, role: str, tools: Iterable[Callable[..., Any]]) -> "Host":
        """Run these tools of this gate whenever the hub asks, to make effects good or to find out about them.

        Each job is a run of its own, of this agent and role. Returns at once; :meth:`Host.wait` blocks. A gate has one.
        """
        from interlock.gate.hosting import Host

        self._usable()
        return Host(self, self._link, agent, role, tools)

    # the link

    @property
    def connected(self) -> bool:
        """There is a connection to the hub now."""
        return self._link.connected

    @property
    def refused_away(self) -> int:
        """Calls refused so far because the hub was away."""
        return self._link.refused_away

    @property
    def shed(self) -> int:
        """Reports not kept because too much was waiting for the hub, and pieces of texts likewise."""
        return self._link.crowd.shed + self._link.outbox.spool.lost

    def close(self, timeout: float = CLOSE_SECONDS) -> None:
        """Send what is still to be sent, at most for ``timeout`` seconds, and disconnect. Also done at exit."""
        if self._closed or self._forked:
            return
        self._closed = True
        atexit.unregister(self.close)
        for run in list(self._runs):
            if not run.member.over:
                run.finish("ended")
            run.member.over = True
            self._link.post(self._link.leave, run.member)
        self._link.stop(timeout)
        lost = self._link.outbox.events + self.shed
        if lost:
            shout(f"{lost} reports did not reach the hub before the end")

    def forked(self) -> None:
        """Make everything that came over a fork refuse: the connection is the parent's."""
        self._forked = True
        for run in list(self._runs):
            run.member.forked = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<interlock gate {self.id} {self._link.place.url}>"


def connect(
    url: str | None = None,
    token: str | None = None,
    *,
    timeout: float = CONNECT_SECONDS,
    environ: Mapping[str, str] = os.environ,
) -> Gate:
    """Connect this process to its hub and return the gate. Never starts a hub.

    The hub is found by ``url`` and ``token``, by ``INTERLOCK_URL`` and ``INTERLOCK_AGENT_TOKEN``, or by the local
    hub's ``ready.json``. Raises ConfigError or Unauthorised when that says too little or the wrong thing, and
    HubUnavailable when nobody answers within ``timeout`` seconds.
    """
    link = Link(find(url, token, environ))
    link.start()
    link.ready.wait(timeout)
    if link.fatal is not None:
        link.stop(0.0)
        raise link.fatal
    if not link.ready.is_set():
        link.stop(0.0)
        raise HubUnavailable("connect", url=link.place.url, waited=timeout)
    return Gate(link)


def _forked() -> None:
    for gate in list(_gates):
        gate.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
