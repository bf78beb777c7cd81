"""A team's own checks, each within its budget: what is late or fails counts as its declared default, and says so."""

import contextvars
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from time import monotonic
from typing import NamedTuple, Protocol

from interlock.guardrails.findings import VERDICTS, Finding, InputVerdict
from interlock.guardrails.guard import Hooked
from interlock.guardrails.pieces import Piece

__all__ = ["Hook", "Request", "ask", "asked"]

BUSY_MAX = 32
"""Checks of one hook that run at once. A hook that hangs is not asked for ever more threads: it is late at once."""


class Request(NamedTuple):
    """What a hook is asked about: who wants it, for what goal, and the texts that were not asked about before."""

    agent: str
    role: str
    goal: str
    pieces: Sequence[Piece]


class Hook(Protocol):
    """A check: a classifier, an embedding's distance, a hosted service. Called in a thread of its own.

    It returns a verdict, or a verdict and a sentence of why. Anything it raises counts as failed.
    """

    def __call__(self, request: Request, /) -> InputVerdict | tuple[InputVerdict, str]:
        """Judge one request."""
        ...


class _Running:
    """How many checks of each hook run now."""

    def __init__(self) -> None:
        self._count: dict[str, int] = {}
        self._lock = threading.Lock()

    def enter(self, name: str) -> bool:
        with self._lock:
            free = self._count.get(name, 0) < BUSY_MAX
            if free:
                self._count[name] = self._count.get(name, 0) + 1
            return free

    def leave(self, name: str) -> None:
        with self._lock:
            self._count[name] -= 1


_running = _Running()


def ask(hooks: Sequence[Hooked], known: Mapping[str, Hook], request: Request) -> tuple[Finding, ...]:
    """Ask all hooks at once and return what they found, in their order. Takes as long as the longest budget at most.

    A hook that is declared and not known here has failed: the default of its role's policy counts.
    """
    begun = monotonic()
    answers = [(hook, _start(hook, known.get(hook.name), request)) for hook in hooks]
    findings: list[Finding] = []
    for hook, answer in answers:
        try:
            said = answer.result(max(0.0, begun + hook.budget_s - monotonic()))
        except Late:
            said = hook.otherwise, f"no answer within {hook.budget_s * 1000:.0f} ms"
        except Exception as error:  # noqa: BLE001 - whatever somebody's check raises
            said = hook.otherwise, f"failed: {type(error).__name__}: {error}"[:160]
        if said[0] != "allow":
            findings.append(Finding(said[0], f"guard.hooks.{hook.name}", "request", said[1][:160]))
    return tuple(findings)


def _start(hook: Hooked, check: Hook | None, request: Request) -> "Future[tuple[InputVerdict, str]]":
    answer: Future[tuple[InputVerdict, str]] = Future()
    if check is None:
        answer.set_exception(
            LookupError(f"no hook {hook.name!r} in this process; gate.guardrail(name, hook) adds it")
        )
    elif not _running.enter(hook.name):
        answer.set_exception(RuntimeError(f"{BUSY_MAX} of its checks have no answer yet"))
    else:
        context = contextvars.copy_context()
        threading.Thread(
            target=context.run,
            args=(_judge, hook.name, check, request, answer),
            daemon=True,
            name=f"guardrail {hook.name}",
        ).start()
    return answer


def _judge(name: str, check: Hook, request: Request, answer: "Future[tuple[InputVerdict, str]]") -> None:
    try:
        answer.set_result(asked(check(request)))
    except BaseException as error:  # noqa: BLE001 - it is told to whoever waits
        answer.set_exception(error if isinstance(error, Exception) else RuntimeError(type(error).__name__))
    finally:
        _running.leave(name)


def asked(said: object) -> tuple[InputVerdict, str]:
    """Return what a hook said as a verdict and a sentence. Raises ValueError for anything else."""
    match said:
        case str(verdict):
            why = ""
        case (str(verdict), str(why)):
            pass
        case _:
            raise ValueError(f"a hook returns a verdict, or a verdict and why, not {type(said).__name__}")
    for known in VERDICTS:
        if known == verdict:
            return known, why
    raise ValueError(f"no verdict {verdict[:40]!r}; there are {', '.join(VERDICTS)}")
