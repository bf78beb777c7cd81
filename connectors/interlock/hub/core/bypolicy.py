"""The hub's own check of each permit, by its own copy of the policy and by the dial.

It judges what it knows for sure: the class (the stricter of what the gate says and of the policy's), never, the bounds
of the arguments, counts of permits, the dial. What hangs on a run's reads, on a goal that it has not seen whole, or on
a part of the arguments that was taken out as a secret is the gate's to judge.
"""

from dataclasses import replace
from typing import Any, cast

import orjson

from interlock import canonical
from interlock.dials import Level, lowest, of_scope
from interlock.errors import ArgumentsError, PolicyError
from interlock.events import ToolClass
from interlock.hub.core.desk import Desk
from interlock.hub.core.nearness import near
from interlock.hub.core.rulebook import Turned, Version
from interlock.hub.core.usage import usage
from interlock.hub.core.world import Run
from interlock.model import BodyRef
from interlock.policy import Approval, Decision, History, Policy, Why, staged
from interlock.reserved import INPUT, reserved
from interlock.wire import AskPermit

__all__ = ["ByPolicy", "Known"]

Args = dict[str, Any]
Under = tuple[str, int, bool, Level]
Known = dict[tuple[str, str, int], Under]

_SECRET = "[secret:"  # noqa: S105 - how a secret is shown that was taken out
_OF_ARGS = (".args.", ".other_args", ".ask_when", ".when")
_DENIED = {"stopped": "deny", "read-only": "deny", "shadow": "shadow", "ask": "ask", "auto": "allow"}


class ByPolicy:
    """Judges requests for permits; see :class:`interlock.hub.core.judge.Judge`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._compiled: dict[str, Policy | str] = {}
        self._clock: float | None = None

    # what holds for a run

    @property
    def changes(self) -> int:
        """How often policy or dial changed; it goes up with each change."""
        return self._desk.world.rules.changes

    def version(self, run: Run) -> Version | None:
        """Return the version of the policy that this run is under: the candidate for a share of the runs."""
        book = self._desk.world.rules
        if reserved(run.agent) or reserved(run.role):
            return None
        candidate, version = book.candidate, book.staged()
        if candidate and version and staged(run.name, candidate.share, version.digest):
            return version
        return book.version()

    def policy(self, run: Run) -> str:
        """Return the digest of the policy that holds for this run, or nothing without one."""
        version = self.version(run)
        return version.digest if version is not None else ""

    def dial(self, run: Run, tool: str) -> Turned | None:
        """Return the lowest dial that covers a call of this tool in this run."""
        return of_scope(self._desk.world.rules.dials, run.agent, run.role, tool)

    def active(self) -> Policy | None:
        """Return the active policy, where there is one that this hub can read."""
        version = self._desk.world.rules.version()
        policy = self._policy(version) if version is not None else None
        return policy if isinstance(policy, Policy) else None

    def _policy(self, version: Version) -> Policy | str:
        """Return the policy, compiled once, or why this hub cannot read it."""
        made = self._compiled.get(version.digest)
        if made is None:
            try:
                made = Policy.from_json(version.text)
            except PolicyError as error:
                made = f"version {version.n} of the policy cannot be read by this hub: {error}"[:300]
            book = self._desk.world.rules
            kept = {each.digest for each in (book.version(), book.staged()) if each is not None}
            self._compiled = {digest: one for digest, one in self._compiled.items() if digest in kept}
            self._compiled[version.digest] = made
        return made

    def now(self) -> float:
        """Return the time by the clock that permits are counted by: never back, whatever wall time does meanwhile.

        It begins at the hub's start with wall time, or where the record's last permit was, if that is later.
        """
        desk = self._desk
        if self._clock is None:
            self._clock = max(desk.now.wall, desk.world.tally.latest) - desk.now.mono
        return desk.now.mono + self._clock

    def under(self, run: Run, known: Known) -> Under:
        """Return the policy's digest and number, whether that is the candidate, and the level, as they hold for a run.

        Without a policy the digest is empty. The level is the role's; single tools may have a lower one. ``known``
        is filled with what is the same for all runs of one agent, role and side: it is for one moment only.
        """
        version = self.version(run)
        key = run.agent, run.role, version.n if version is not None else 0
        found = known.get(key)
        if found is None:
            found = known[key] = self._under(run, version)
        return found

    def _under(self, run: Run, version: Version | None) -> Under:
        policy, dial = self.readable(run), self.dial(run, "")
        own: Level = policy.autonomy(run.role, "") if policy is not None else "auto"
        level = lowest(own, dial.level) if dial is not None else own
        staged = self._desk.world.rules.staged()
        if version is None:
            return "", 0, False, level
        return version.digest, version.n, staged is not None and staged.n == version.n, level

    # one request

    def check(self, run: Run, ask: AskPermit, *, again: bool = False) -> Decision:
        """Return what the hub says of this request; ``again``: its permit is there, and not counted against it."""
        tool, cls = ask.tool.raw, _declared(ask.cls)
        version = self.version(run)
        dial = self.dial(run, tool)
        if tool == INPUT:
            why = Why("guardrail", "a person decides", tool)
            return Decision("ask", why.rule, why.bound, why.value, "danger", why=(why,))
        if version is None:
            return _by_dial(cls, dial)
        policy = self._policy(version)
        if isinstance(policy, str):
            return _no(Why("policy", "a policy that can be read", policy), cls)
        exact, args = _arguments(ask)
        if args is None and exact:
            return _no(Why(f"roles.{run.role}", "arguments that can be read", tool[:80]), cls)
        decision = policy.decide(
            run.role,
            tool,
            cls,
            args or {},
            usage(run, self._desk.world.tally, self.now(), tool if again else ""),
            goal=run.goal if run.goal is not None else _leaves(args or {}),
            dial=dial.level if dial is not None else None,
            tainted=[text.raw for text in ask.taint or ()],
            now=self.now(),
        )
        return _named(_sure(decision, exact=exact, seen=args is not None), dial, run.role)

    def could(self, role: str, tool: str, cls: ToolClass) -> bool:
        """Return whether the active policy may let a role call a tool at all, whatever the arguments are.

        Without a policy everybody may, as everywhere.
        """
        version = self._desk.world.rules.version()
        policy = self._policy(version) if version is not None else None
        if not isinstance(policy, Policy):
            return version is None
        why = policy.decide(role, tool, cls, {}, History()).why
        return not any(each.rule == "roles" or each.bound == "deny" or _never(each) for each in why)

    def stamp(self, run: Run, decision: Decision | None) -> dict[str, Any]:
        """Return what the fact of a permit says of the policy that let it through."""
        return {
            "policy": self.policy(run),
            "rule": decision.rule if decision is not None else "",
            "at": self.now(),
        }

    def approval(self, run: Run, tool: str) -> Approval:
        """Return by how many people, and within how long, an escalation of this tool is decided."""
        policy = self.readable(run)
        return policy.approval(run.role, tool) if policy is not None else Approval()

    def compensates(self, run: Run, tool: str) -> str:
        """Return the tool that makes good what this one did, as its contract says, or nothing."""
        policy = self.readable(run)
        contract = policy.contract(tool) if policy is not None else None
        action = contract.compensate if contract is not None else None
        return "" if action is None or isinstance(action, str) else action.tool

    def near(self, run: Run, ask: AskPermit) -> tuple[tuple[str, str, str], ...]:
        """Return rule, bound and value of each bound that this call comes close to."""
        version = self.version(run)
        _, args = _arguments(ask)
        if version is None or args is None:
            return ()
        used = usage(run, self._desk.world.tally, self.now())
        return tuple(near(orjson.loads(version.text), run.role, ask.tool.raw, args, used))

    def readable(self, run: Run) -> Policy | None:
        """Return the policy of this run, where there is one that this hub can read."""
        version = self.version(run)
        policy = self._policy(version) if version is not None else None
        return policy if isinstance(policy, Policy) else None


def _never(why: Why) -> bool:
    return why.rule.endswith(".never")


def _declared(cls: ToolClass) -> ToolClass:
    """Return the class that a gate's word is worth: no read asks for a permit, so what asks for one writes."""
    return "write" if cls == "read" else cls


def _by_dial(cls: ToolClass, dial: Turned | None) -> Decision:
    """Return what holds without a policy: the class alone, and the dial."""
    if dial is None:
        return Decision("allow", f"class {cls}", "", "", cls)
    verdict: Any = _DENIED[dial.level]
    why = Why(f"dial {dial.scope.key[0]}", dial.level, cls)
    return Decision(verdict, why.rule, why.bound, why.value, cls, why=(why,))


def _named(decision: Decision, dial: Turned | None, role: str) -> Decision:
    """Return the decision with the dial's scope in the rule, where it was the dial; or what holds it in shadow."""
    if decision.verdict == "shadow":
        rule = (
            f"dial {dial.scope.key[0]}"
            if dial is not None and dial.level == "shadow"
            else f"roles.{role}.autonomy"
        )
        return replace(decision, rule=rule, bound="shadow", value=decision.cls)
    if dial is None or decision.rule != "dial":
        return decision
    rule = f"dial {dial.scope.key[0]}"
    why = tuple(replace(each, rule=rule) if each.rule == "dial" else each for each in decision.why)
    return replace(decision, rule=rule, why=why)


def _no(why: Why, cls: ToolClass) -> Decision:
    return Decision("deny", why.rule, why.bound, why.value, cls, why=(why,))


def _arguments(ask: AskPermit) -> tuple[bool, Args | None]:
    """Return whether the arguments are here to the letter, and what they are; None where they are not here."""
    text = ask.exact.raw if ask.exact is not None else ""
    if not text:
        if isinstance(ask.args, BodyRef):
            return False, None
        text = ask.args.raw
    exact = _SECRET not in text
    try:
        return exact, canonical.decode(ask.tool.raw, text)
    except ArgumentsError:
        return exact, None


def _sure(decision: Decision, *, exact: bool, seen: bool) -> Decision:
    """Return the decision without the reasons that the hub cannot be sure of; without any left, the call is allowed."""
    kept = tuple(why for why in decision.why if _sure_of(why, exact=exact, seen=seen))
    if len(kept) == len(decision.why) or decision.verdict == "shadow":
        return decision
    if not kept:
        return replace(decision, verdict="allow", bound="", value="", why=())
    return replace(decision, rule=kept[0].rule, bound=kept[0].bound, value=kept[0].value, why=kept)


def _sure_of(why: Why, *, exact: bool, seen: bool) -> bool:
    if not seen and any(part in why.rule for part in _OF_ARGS):
        return False
    if not exact and _SECRET in why.value:
        return False
    # What a run called before is known here of permits only.
    return not (why.rule.endswith(".when") and "calls" in why.bound)


def _leaves(value: Any) -> str:
    """Return every text and number in it: a goal that was not seen names, for all the hub knows, each of them."""
    if isinstance(value, dict):
        return "\n".join(map(_leaves, cast("Args", value).values()))
    if isinstance(value, list):
        return "\n".join(map(_leaves, cast("list[object]", value)))
    return str(value)
