"""The decorator in front of a tool: binds the arguments, passes the gate, and carries out the tool's contract."""

import contextvars
import functools
import inspect
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from math import isfinite
from typing import Any, TypeVar, cast, get_args

import orjson

from interlock.canonical import DEPTH
from interlock.contract import Contract, ToolClass, read, stricter
from interlock.errors import CallRefused, ConfigError
from interlock.gate.binding import Binder
from interlock.gate.call import Call
from interlock.gate.entry import Entry
from interlock.gate.run import Run, current
from interlock.gate.terms import Terms
from interlock.link.rules import Rules

__all__ = ["Tool", "current_call", "gated", "given_back", "pretended", "promised", "tool_of", "within"]

F = TypeVar("F", bound=Callable[..., Any])

_SNAPSHOT = (
    orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
)

_FLAT = frozenset([str, int, bool, type(None)])
"""Types of single values that orjson and canonical text spell alike."""
_HOLDS = frozenset([dict, list, tuple])

_MARK = "__interlock_tool__"
_calls: contextvars.ContextVar[Call | None] = contextvars.ContextVar("interlock_call", default=None)


def current_call() -> Call | None:
    """Return the call whose tool body this is, or None outside of one.

    Its ``idempotency_key`` is what to hand downstream, the same one at every attempt. A read has no permit and does
    not count: in one that a write makes, this is the write.
    """
    return _calls.get()


def within(call: Call) -> contextvars.Token[Call | None]:
    """Make this the current call of the context, unless it is a read; undone with ``token.var.reset(token)``."""
    return _calls.set(call if call.permit is not None else _calls.get())


class Tool:
    """What the gate knows of one tool: its name, its contract, and how its arguments bind."""

    def __init__(self, fn: Callable[..., Any], contract: Contract, name: str | None) -> None:
        self.fn, self.contract = fn, contract
        self.name = (name or fn.__name__)[:512]
        self.binder = Binder(self.name, fn)
        names = inspect.signature(fn).parameters
        for named in contract.idempotency or ():
            if named not in names:
                fix = f"name arguments of {self.name!r}: {', '.join(sorted(names))}"
                raise ConfigError("the tool has no argument for its idempotency", value=named, fix=fix)
        self.held = Terms(contract)
        """What holds for it in every run while the link's rules are ``known``."""
        self.known: Rules | None = None

    def run(self) -> Run:
        """Return the run this call belongs to. Raises CallRefused outside of every run."""
        run = current()
        if run is None:
            problem = "no run here: call it inside 'with gate.run(...)'; in another thread, inside 'with run.attach()'"
            raise CallRefused("", self.name, problem, code="no_run")
        return run

    def terms(self, run: Run) -> Terms:
        """Return what holds for the tool in this run now: its contract, and that of the policy of the run."""
        rules = run.link.rules
        if rules is self.known:
            return self.held
        terms = Terms(self.contract, run.judge.contract(self.name))
        if rules.candidate is None:
            # One policy for all runs: this is what holds until the hub says something else.
            self.held = terms
            self.known = rules
        return terms

    def call(self, run: Run, terms: Terms, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """Return the call with its arguments bound."""
        bound = self.binder.bind(args, kwargs)
        return Call(run, self.name, terms.cls, bound, binder=self.binder, contract=self.contract, heeds=True)

    def arguments(
        self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return how to call the function: as its caller did, or with what a person made of the arguments."""
        if call.approval is None or call.approval.args is None:
            return args, kwargs
        return self.binder.spread(call.bound, args, kwargs)

    def snapshot(self, bound: dict[str, Any]) -> bytes | None:
        """Return the arguments of a read as JSON, to be spelled out later; None when that has to be done now."""
        try:
            data = orjson.dumps(bound, None, _SNAPSHOT)
        except (TypeError, ValueError, RecursionError):
            return None
        for value in bound.values():
            if type(value) not in _FLAT and not _alike(value, DEPTH - 1):
                return None
        return data


def _alike(value: Any, depth: int) -> bool:
    """Tell whether canonical text has this, too: orjson writes null for NaN, and goes deeper than ``depth``."""
    kind = cast("type[object]", type(value))
    if kind is float:
        return isfinite(value)
    if kind not in _HOLDS:
        return True
    if not depth:
        return False
    for inner in value.values() if kind is dict else value:
        if type(inner) not in _FLAT and not _alike(inner, depth - 1):
            return False
    return True


def pretended(call: Call, entry: Entry | None) -> Any:
    """End a call in shadow, and return what its contract declares: nothing ran."""
    call.finished(call.virtual)
    if entry is not None:
        entry.heard(failed=None)
        entry.settle("done", call.virtual)
    return call.virtual


@contextmanager
def given_back(entry: Entry | None) -> Generator[None]:
    """Give back what the call took where it does not start."""
    try:
        yield
    except BaseException:
        if entry is not None:
            entry.withdraw()
        raise


def promised(
    cls: ToolClass | None, timeout: float | None, contract: Contract | Mapping[str, Any] | None
) -> Contract:
    """Return the contract that a decorator's keywords say. Raises ConfigError, and ContractError with every problem."""
    if cls is not None and cls not in get_args(ToolClass):
        raise ConfigError("no such tool class", value=cls, fix="use read, write or danger")
    if timeout is not None and timeout <= 0:
        raise ConfigError("a timeout is more than 0 seconds", value=timeout, fix="leave it out for none")
    written = contract if isinstance(contract, Contract | None) else read(contract, ("contract",))
    return stricter(Contract(cls=cls, timeout_s=timeout), written)


def gated(fn: F, contract: Contract, name: str | None) -> F:
    """Return ``fn`` behind the gate, sync or async as it is."""
    if inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
        raise ConfigError(
            "a tool that yields cannot be gated", value=fn.__name__, fix="return a list instead"
        )
    from interlock.gate.awaited import awaited
    from interlock.gate.blocking import blocking

    tool = Tool(fn, contract, name)
    wrapper = awaited(tool) if inspect.iscoroutinefunction(fn) else blocking(tool)
    functools.update_wrapper(wrapper, fn)
    setattr(wrapper, _MARK, tool)
    return cast("F", wrapper)


def tool_of(fn: object) -> Tool | None:
    """Return the tool behind a gated function; None for anything else."""
    found = getattr(fn, _MARK, None)
    return found if isinstance(found, Tool) else None
