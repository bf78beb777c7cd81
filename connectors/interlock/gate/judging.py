"""One run's decisions, in memory: by its side of the policy, the dial, its mode, and its calls so far."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from interlock.clock import boot
from interlock.events import ToolClass
from interlock.gate.outcomes import Outcome
from interlock.link import Link, Member
from interlock.link.member import Who
from interlock.link.rules import Rules, Side
from interlock.policy import Decision, History, Why
from interlock.policy.verdicts import Autonomy, lowest
from interlock.reserved import reserved

if TYPE_CHECKING:
    from interlock.contract import Contract

__all__ = ["Judge", "Ruling"]

MODE = "run"
"""What a decision by the mode of the run names as its rule."""
LATER_MAX = 256
"""Starts and ends that wait to be taken into the history."""
TOOLS_MAX = 1000
"""Tools whose dial, and whose certain decision, is remembered."""
_UNREADABLE = "policy unreadable"
_UNTOLD = "run unknown"
"""The rule of what is denied because the hub has not said whose run it is."""


class Ruling(NamedTuple):
    """A decision, the digest of the policy it was made by (empty without one), and the rules of that moment."""

    decision: Decision
    policy: str
    rules: Rules


class _Dial(NamedTuple):
    level: Autonomy | None
    rule: str
    name: str


class Judge:
    """Decides the calls of one run. Safe from any thread; costs microseconds, asks nobody."""

    def __init__(self, link: Link, member: Member) -> None:
        self._link, self._member = link, member
        self.history = History()
        self._later: deque[tuple[str, float, Literal["started"] | Outcome | None]] = deque()
        """Starts and ends to be noted, and None for a start that is taken back: what costs a read no lock."""
        self._lock = threading.Lock()
        self._rules: Rules | None = None
        self._who: Who = member.who
        self._side: Side | None = None
        self._dials: dict[str, _Dial] = {}
        self._wrote = False
        """A call was shadowed: reads may have to show it."""
        self._free = False
        """Nothing holds for this run but the classes of its tools."""
        self._certain: dict[str, str] = {}
        """By tool: the rule that lets every read of it start, whatever its arguments and the calls before it."""

    def rule(
        self,
        tool: str,
        declared: ToolClass,
        args: Mapping[str, Any],
        tainted: Sequence[str] = (),
        *,
        noted: bool = False,
    ) -> Ruling:
        """Decide a call, and count it among the run's calls unless it is denied.

        ``noted``: it was decided before, and counts: it is judged anew as if it had not been. Two calls at once
        are judged one after the other, so that both cannot be the last that a bound allows.
        """
        with self._lock:
            self._catch_up()
            if noted:
                self.history.withdraw(tool)
            rules, now = self._look(), boot()
            decision = self._decide(tool, declared, args, tainted, now)
            if decision.verdict != "deny":
                self.history.note(tool, now, "started")
            self._wrote |= decision.verdict == "shadow"
            return Ruling(decision, self._side.digest if self._side else "", rules)

    def again(
        self, tool: str, declared: ToolClass, args: Mapping[str, Any], tainted: Sequence[str] = ()
    ) -> Ruling:
        """Decide anew on a call that is in flight, before a further attempt of it: it counts as before."""
        with self._lock:
            self._catch_up()
            self.history.withdraw(tool)
            rules, now = self._look(), boot()
            decision = self._decide(tool, declared, args, tainted, now)
            self.history.note(tool, now, "started")
            return Ruling(decision, self._side.digest if self._side else "", rules)

    def glance(
        self, tool: str, args: Mapping[str, Any], tainted: Sequence[str] = (), now: float | None = None
    ) -> str:
        """Return the rule that lets a read of this tool start at once, and count it; empty where more is to be said.

        More is: a stricter class, a verdict other than allow, an answer that a shadowed run's own writes show in.
        ``now``, by the boot-time clock, is for a caller that has just asked it.
        """
        if now is None:
            now = boot()
        if self._link.rules is self._rules and self._member.who is self._who:
            rule = "class read" if self._free else self._certain.get(tool)
            if rule is not None:
                self._later.append((tool, now, "started"))
                return rule
        return self._glance(tool, args, tainted, now)

    def _glance(self, tool: str, args: Mapping[str, Any], tainted: Sequence[str], now: float) -> str:
        with self._lock:
            self._look()
            self._catch_up()
            rule = "class read"
            if not self._free:
                decision = self._decide(tool, "read", args, tainted, now)
                rule = decision.rule
                if decision.verdict != "allow" or decision.cls != "read" or self._overlaid(tool):
                    return ""
                self._learn(tool, decision)
            self.history.note(tool, now, "started")
            return rule

    def ended(self, tool: str, outcome: Outcome, now: float | None = None) -> None:
        """Note how a call that counts has ended; ``now`` is for a caller that has just asked the clock."""
        self._later.append((tool, boot() if now is None else now, outcome))
        if len(self._later) > LATER_MAX:
            with self._lock:
                self._catch_up()

    def forgo(self, tool: str) -> None:
        """A call that counted did not start: it counts no more."""
        self._later.append((tool, 0.0, None))

    def model(self) -> Decision:
        """Decide a model call: what holds one back is a dial at ``stopped``, the policy's own or one turned."""
        with self._lock:
            self._look()
            dial, who = self._dial(""), self._who
            policy = self._side.policy if self._side and who.mode != "replay" else None
            if policy and who.role in policy.roles and policy.autonomy(who.role, "") == "stopped":
                dial = _Dial("stopped", f"roles.{who.role}.autonomy", who.role)
            if dial.level == "stopped":
                return _denied(dial, "read")
            return Decision("allow", "class model", "", "", "read")

    def contract(self, tool: str) -> "Contract | None":
        """Return what the policy of this run says of a tool's failures, if anything."""
        with self._lock:
            self._look()
            return self._side.policy.contract(tool) if self._side and self._side.policy else None

    @property
    def shadows(self) -> bool:
        """Whether the whole run is in shadow by its mode."""
        return self._member.who.mode == "shadow"

    # with the lock

    def _catch_up(self) -> None:
        """Take into the history what was noted without the lock, in the order in which it was."""
        later, history = self._later, self.history
        while later:
            tool, at, what = later.popleft()
            if what is None:
                history.withdraw(tool)
            else:
                history.note(tool, at, what)

    def _look(self) -> Rules:
        """Take in what the hub said since the last decision."""
        rules, who = self._link.rules, self._member.who
        if rules is not self._rules or who is not self._who:
            self._free, self._certain = False, {}  # first: others look at them without the lock
            self._rules, self._who = rules, who
            ours = reserved(who.agent) or reserved(who.role)
            self._side = None if ours else rules.side(self._member.run)
            self._dials = {}
            self._free = self._side is None and (ours or not rules.dials) and who.mode in ("live", "replay")
        return rules

    def _dial(self, tool: str) -> _Dial:
        found = self._dials.get(tool)
        if found is None:
            if len(self._dials) > TOOLS_MAX:
                self._dials.clear()
            found = self._dials[tool] = self._turned(tool)
        return found

    def _turned(self, tool: str) -> _Dial:
        who, rules = self._who, self._rules or Rules()
        if not who.mode:
            # The hub did not say whose run it is that this gate joined, nor whether it may act at all.
            return _Dial("read-only", _UNTOLD, "")
        dial = rules.dial(who.agent, who.role, tool)
        kind, name = dial.scope.key if dial else ("", "")
        found = _Dial(dial.level if dial else None, f"dial {kind}", name or kind)
        if who.mode == "shadow" and lowest(found.level, "shadow") != found.level:
            return _Dial("shadow", f"{MODE} shadow", who.role)
        return found

    def _decide(
        self, tool: str, declared: ToolClass, args: Mapping[str, Any], tainted: Sequence[str], now: float
    ) -> Decision:
        who, side, dial = self._who, self._side, self._dial(tool)
        if dial.level == "stopped":
            return _denied(dial, declared)
        if side is None:
            decision = _by_class(declared, dial)
        elif side.policy is None:
            decision = _unread(side, declared)
        else:
            decision = side.policy.decide(
                who.role,
                tool,
                declared,
                args,
                self.history,
                goal=who.goal,
                dial=dial.level,
                tainted=tainted,
                now=now,
            )
            if decision.rule == "dial":
                decision = replace(decision, rule=dial.rule, value=dial.name)
        return _replayed(decision) if who.mode == "replay" else decision

    def _learn(self, tool: str, decision: Decision) -> None:
        """Know for the next read of the tool that it may start, where nothing but rules and dial decided it."""
        policy = self._side.policy if self._side else None
        if policy is None or policy.certain(self._who.role, tool, "read") != decision:
            return
        contract = policy.contract(tool)
        shown = contract is not None and contract.reads_virtual is not None
        if not shown and self._dial(tool).level in (None, "auto") and len(self._certain) < TOOLS_MAX:
            self._certain[tool] = decision.rule

    def _overlaid(self, tool: str) -> bool:
        """Say whether a read's answer may have to show what the run wrote virtually."""
        if not self._wrote:
            return False
        policy = self._side.policy if self._side else None
        contract = policy.contract(tool) if policy else None
        return contract is not None and contract.reads_virtual is not None


def _by_class(cls: ToolClass, dial: _Dial) -> Decision:
    """Without a policy everything is let through by its class, as far as the dial goes."""
    if cls == "read" or dial.level in (None, "auto"):
        return Decision("allow", f"class {cls}", "", "", cls)
    if dial.level == "read-only":
        return _denied(dial, cls)
    why = (Why(dial.rule, str(dial.level), dial.name),)
    if dial.level == "shadow":
        return Decision("shadow", dial.rule, "shadow", dial.name, cls, would="allow", why=why)
    return Decision("ask", dial.rule, "ask", dial.name, cls, why=why)


def _denied(dial: _Dial, cls: ToolClass) -> Decision:
    why = (Why(dial.rule, str(dial.level), dial.name),)
    return Decision("deny", dial.rule, str(dial.level), dial.name, cls, why=why)


def _unread(side: Side, cls: ToolClass) -> Decision:
    """Nobody here knows what this policy says: nothing with an effect starts."""
    if cls == "read":
        return Decision("allow", _UNREADABLE, "", "", cls)
    why = (Why(_UNREADABLE, f"version {side.n}", side.problem),)
    return Decision("deny", _UNREADABLE, f"version {side.n}", side.problem, cls, why=why)


def _replayed(decision: Decision) -> Decision:
    """A recorded call has no effect, so what a policy says of it is only reported."""
    if decision.verdict == "allow" or decision.verdict == "shadow":  # noqa: PLR1714 - narrows the type
        return decision
    return replace(decision, verdict="shadow", would=decision.verdict)
