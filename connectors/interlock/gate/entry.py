"""What a call takes before it may start: a place behind its breaker, a part of its budgets, its idempotency key."""

from decimal import Decimal
from time import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from interlock.clock import boot
from interlock.contract.rules import Money, Rate
from interlock.errors import CallRefused, CircuitOpen, KeyConflict, OverBudget
from interlock.gate.breaker import Breaker, Breakers
from interlock.gate.budget import Purse, Taken, amount
from interlock.gate.keys import First, Keyring, derived, kept, taken_key
from interlock.gate.outcomes import Outcome
from interlock.gate.passage import stopped
from interlock.gate.retrying import standing
from interlock.gate.waits import Passage

if TYPE_CHECKING:
    from interlock.gate.call import Call
    from interlock.gate.run import Run
    from interlock.gate.terms import Terms

__all__ = ["Entry", "Guards", "RunMemory"]

ONE = Decimal(1)
NAME = 512


class RunMemory:
    """What this gate remembers of one run for its contracts."""

    def __init__(self) -> None:
        self.keys = Keyring()
        self.purses: dict[tuple[str, str, str], Purse] = {}


class Guards:
    """The breakers and budgets of one gate."""

    def __init__(self) -> None:
        self.breakers = Breakers()
        self._purses: dict[tuple[str, str, str], Purse] = {}
        self._runs: WeakKeyDictionary[Any, RunMemory] = WeakKeyDictionary()

    def memory(self, run: "Run") -> RunMemory:
        """Return what is remembered of this run, for as long as it is there."""
        found = self._runs.get(run)
        return found if found is not None else self._runs.setdefault(run, RunMemory())

    def purse(self, run: "Run", tool: str, kind: str, most: Decimal, per: str) -> Purse:
        """Return the purse of a limit: the run's for ``per run``, else that of its role at this gate.

        A limit that a policy changed goes on from what was used under the one before.
        """
        held = self.memory(run).purses if per == "run" else self._purses
        name = (tool, f"{kind} per {per}", "" if per == "run" else run.member.who.role)
        purse = held.get(name)
        if purse is None:
            purse = held.setdefault(name, Purse(most, per))
        purse.most = most
        return purse


class Entry:
    """What one call took. It is given back with :meth:`withdraw`, or settled by how the call ended."""

    __slots__ = (
        "_breaker",
        "_call",
        "_contract",
        "_digest",
        "_first",
        "_guards",
        "_spent",
        "_ticket",
        "answer",
    )

    def __init__(self, call: "Call", terms: "Terms") -> None:
        self._call, self._contract = call, terms.contract
        self._guards: Guards = call.run.gate.guards
        self._breaker: Breaker | None = None
        self._ticket = 0
        self._spent: list[tuple[Purse, Taken, Decimal]] = []
        self._first: First | None = None
        self._digest = call.digest
        self.answer: First | None = None
        """The call that has this one's key and is done: its answer is this one's, and nothing runs."""

    # before the call

    @classmethod
    def entered(cls, call: "Call", terms: "Terms") -> "Passage[Entry | None]":
        """Return what the call took; None where its contract asks for nothing. A paused run is held first.

        Raises as :meth:`take`. Where the run is killed or over nothing is taken: the gate says so.
        """
        if not terms.guarded:
            if not call.by_lease:
                call.key = taken_key()
            return None
        yield from standing(call)
        entry = cls(call, terms)
        if stopped(call.run, call.tool) is None:
            entry.take()
        return entry

    def take(self) -> None:
        """Take what the call needs, or nothing and raise CircuitOpen, OverBudget, KeyConflict, ArgumentsError."""
        try:
            self._name()
            if self.answer is None:
                self.knock()
                self._spend()
        except CallRefused as refused:
            self.withdraw()
            rule = "idempotency" if isinstance(refused, KeyConflict) else refused.code
            self._call.decided("deny", f"contract {rule}", refused.problem)
            raise
        except BaseException:
            self.withdraw()
            raise

    def _name(self) -> None:
        call, names = self._call, self._contract.idempotency
        if call.by_lease:
            return
        call.key = taken_key()
        if not names or call.key is not None:
            return
        key = derived(call.run.id, call.tool, names, call.bound)
        ring = self._guards.memory(call.run).keys
        first, ours = ring.enter(call.run.id, call.tool, key, call.id, call.digest)
        call.key = key
        if ours:
            self._first = first
        else:
            self.answer = first

    def knock(self) -> None:
        """Ask the breaker, before each attempt. Raises CircuitOpen."""
        rule, call = self._contract.breaker, self._call
        if rule is None:
            return
        endpoint = self._endpoint()
        breaker = self._guards.breakers.of(call.tool, endpoint, rule)
        entered = breaker.enter(boot())
        if entered.changed:
            self._tell(breaker)
        if not entered.ticket:
            until = time() + entered.left
            raise CircuitOpen(call.run.id, call.tool, endpoint=endpoint, left_s=entered.left, until=until)
        self._breaker, self._ticket = breaker, entered.ticket

    def _endpoint(self) -> str:
        name = self._contract.endpoint
        return "" if name is None else str(self._call.bound.get(name, ""))[:NAME]

    def _tell(self, breaker: Breaker) -> None:
        failures, calls = breaker.counts()
        event: dict[str, Any] = {"kind": "breaker.changed", "call": self._call.id, "tool": self._call.tool}
        event |= {"endpoint": self._endpoint(), "state": breaker.state, "failures": failures, "calls": calls}
        if breaker.state == "open":
            event["for_ms"] = max(0.0, breaker.until - boot()) * 1000
        self._call.emit(event)

    def _spend(self) -> None:
        rate, money = self._contract.rate, self._contract.money
        if rate is not None:
            self._pay(rate, "rate", Decimal(rate.count), ONE)
        if money is not None:
            self._pay(money, "money", money.most, self._price(money))

    def _price(self, money: Money) -> Decimal:
        asked = amount(self._call.bound.get(money.arg))
        if asked is None:
            problem = f"its budget is of {money.arg!r}, which is no amount from 0 up; pass a plain number"
            raise CallRefused(self._call.run.id, self._call.tool, problem, code="budget")
        return asked

    def _pay(self, limit: Rate | Money, kind: str, most: Decimal, asked: Decimal) -> None:
        call, now = self._call, boot()
        purse = self._guards.purse(call.run, call.tool, kind, most, limit.per)
        taken = purse.take(now, asked)
        if taken is None:
            left = purse.left(now, asked)
            what, used = limit.text(), str(purse.used)
            raise OverBudget(call.run.id, call.tool, limit=what, used=used, asked=str(asked), left_s=left)
        self._spent.append((purse, taken, asked))

    # after the gate, and after the call

    def repeated(self, first: First) -> Any:
        """Return the first call's answer: nothing runs for this one."""
        self._call.emit({"kind": "tool.repeated", "call": self._call.id, "first": first.call})
        return kept(first.result)

    def changed(self) -> None:
        """Take anew where a person edited the arguments. Where that fails the call ends without having run."""
        if self._call.digest == self._digest:
            return
        self.withdraw()
        self._digest = self._call.digest
        try:
            self.take()
            if self.answer is not None:
                raise KeyConflict(self._call.run.id, self._call.tool, first=self.answer.call, in_flight=False)
        except BaseException as error:
            self._call.finished(error=error, outcome="failed")
            raise

    def heard(self, *, failed: bool | None) -> None:
        """Tell the breaker how one attempt ended; None for one that says nothing of the tool."""
        breaker = self._breaker
        if breaker is not None and breaker.leave(self._ticket, boot(), failed=failed):
            self._tell(breaker)
        self._breaker = None

    def withdraw(self) -> None:
        """Nothing started: give everything back."""
        self.heard(failed=None)
        for purse, taken, asked in self._spent:
            purse.back(taken, asked)
        self._spent.clear()
        self.settle("failed")

    def settle(self, outcome: Outcome, result: Any = None) -> None:
        """The call ended. What failed had no effect, and its money is there again; what is unknown may have cost it."""
        if outcome == "failed":
            for purse, taken, asked in self._spent:
                if asked is not ONE:
                    purse.back(taken, asked)
        self._spent.clear()
        if self._first is not None:
            self._guards.memory(self._call.run).keys.leave(self._first, outcome, result)
            self._first = None
