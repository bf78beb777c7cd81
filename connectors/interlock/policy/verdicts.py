"""What a policy says of one call, and the words it is said in. Pure, and light to import."""

from dataclasses import dataclass
from typing import Final, Literal

from interlock.contract import ToolClass

__all__ = ["CLASSES", "LEVELS", "Approval", "Autonomy", "Decision", "Verdict", "Why", "lowest", "stricter"]

Verdict = Literal["allow", "ask", "deny", "shadow"]
Autonomy = Literal["stopped", "read-only", "shadow", "ask", "auto"]

LEVELS: Final[tuple[Autonomy, ...]] = ("stopped", "read-only", "shadow", "ask", "auto")
"""The dial, lowest first."""
CLASSES: Final[tuple[ToolClass, ...]] = ("read", "write", "danger")
"""The classes of tools, mildest first."""

_RANK: Final[dict[str, int]] = {level: rank for rank, level in enumerate(LEVELS)}
_WEIGHT: Final[dict[str, int]] = {cls: weight for weight, cls in enumerate(CLASSES)}


def lowest(*levels: Autonomy | None) -> Autonomy:
    """Return the lowest of the levels; None says nothing, and nothing said is ``auto``."""
    found: Autonomy = "auto"
    for level in levels:
        if level is not None and _RANK[level] < _RANK[found]:
            found = level
    return found


def stricter(first: ToolClass | None, second: ToolClass | None) -> ToolClass:
    """Return the stricter of two classes; None says nothing, and a tool that nobody classified is ``danger``."""
    if first is None or second is None:
        return first or second or "danger"
    return first if _WEIGHT[first] >= _WEIGHT[second] else second


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: the ``rule``'s path in the policy, its ``bound`` as written, and the ``value`` that met it.

    ``value`` is short (:data:`interlock.policy.telling.SHOWN` characters at most) and from the agent: untrusted.
    """

    rule: str
    bound: str
    value: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says of one call.

    ``verdict`` is what happens; ``rule``, ``bound`` and ``value`` are the first reason, ``why`` has all of them.
    ``needs`` is how many people must approve. Where the dial stands at shadow, ``verdict`` is ``shadow`` and
    ``would`` what it would have been; otherwise ``would`` is empty. An allowed call names the rule that let it through.
    """

    verdict: Verdict
    rule: str
    bound: str
    value: str
    cls: ToolClass
    needs: int = 1
    why: tuple[Why, ...] = ()
    would: Literal["allow", "ask", "deny", ""] = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """How an escalation of a tool is decided: by how many people, within how long, and how many an hour are normal.

    ``wait_s`` is in seconds. When it is over the call is rejected: ``on_timeout`` has no other word.
    """

    needs: int = 1
    wait_s: float = 600.0
    pace: int = 0
    """Escalations an hour above which screens say that it is a flood; 0 says nothing."""
    on_timeout: Literal["reject"] = "reject"
