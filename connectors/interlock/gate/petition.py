"""What the hub is asked before a write: for a permit, or for a person's decision and with all that one needs for it."""

from typing import TYPE_CHECKING, Any

from interlock.ids import new_span
from interlock.link.bodies import cut, fits
from interlock.wire import EXACT_MAX

if TYPE_CHECKING:
    from interlock.gate.call import Call

__all__ = ["petition"]

Json = dict[str, Any]

ARGS_BESIDE = 2048
"""Characters of arguments that are shown beside the exact ones."""
SHORT = 512
REASONS = SOURCES = 32
WAIT_MOST_MS = 2**40


def petition(call: "Call") -> Json:
    """Return the frame that asks for this call, under a name of its own.

    Where a person is to decide and has not, it has the exact arguments. Raises CallRefused for more of them than a
    person could be shown.
    """
    ruling = call.ruling
    decision = ruling.decision if ruling else None
    person = decision is not None and decision.verdict == "ask" and call.approval is None
    frame: Json = {
        "kind": "permit",
        "req": new_span(),
        "run": call.run.id,
        "call": call.id,
        "tool": call.tool,
        "cls": call.cls,
        "digest": call.digest,
        "args": _beside(call) if person else _asked(call),
        "verdict": "ask" if person else "allow",
    }
    if ruling is not None and ruling.policy:
        frame["policy"] = ruling.policy
    if call.binder is not None:
        frame["definition"] = call.binder.definition(call.declared)
    if call.approval is not None:
        frame["escalation"] = call.approval.escalation
    return frame | _for_person(call) if person else frame


def _asked(call: "Call") -> str | Json:
    """Return the arguments without secrets; long ones by reference, as the trace has them, so that the hub knows
    that it cannot judge them."""
    shown = call.link.scribe.clean(call.args, args=True)
    return shown if fits(shown) else cut(shown)[0]


def _beside(call: "Call") -> str:
    shown = call.link.scribe.clean(call.args, args=True)
    if len(shown) <= ARGS_BESIDE:
        return shown
    return f"{shown[:ARGS_BESIDE]}... [{len(shown)} characters, in full in the trace]"


def _for_person(call: "Call") -> Json:
    decision, clean = (call.ruling.decision if call.ruling else None), call.link.scribe.clean
    size = len(call.args.encode())
    if size > EXACT_MAX:
        problem = f"a person is to decide on it, and its arguments have {size} bytes; at most {EXACT_MAX} can be shown"
        raise call.refused(f"{problem}: pass less, or by reference", "policy")
    why = decision.why if decision else ()
    found: Json = {
        "exact": call.args,
        "needs": decision.needs if decision else 1,
        "why": [
            {"rule": one.rule[:SHORT], "bound": one.bound[:SHORT], "value": clean(one.value)[:SHORT]}
            for one in why[:REASONS]
        ],
        "taint": [clean(source)[:SHORT] for source in list(call.run.taint)[:SOURCES]],
    }
    if call.run.says:
        found["says"] = clean(call.run.says)[:4096]
    wait = call.wait_s
    if wait is not None:
        found["wait_ms"] = max(1, min(WAIT_MOST_MS, int(wait * 1000)))
    return found
