"""What a call gave back, what a model was given, and what the policy says, as text: taken at once: objects change."""

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from interlock.gate.judging import Ruling
    from interlock.policy import Decision

__all__ = ["plain", "refusal", "told", "told_error"]

_OPTIONS = orjson.OPT_NON_STR_KEYS


def plain(value: Any) -> str:
    """Return a text as it is, anything JSON can hold as JSON, and the rest as its ``repr``."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, default=_shown, option=_OPTIONS).decode()
    except (TypeError, ValueError, RecursionError):
        return _shown(value)


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a value that cannot be shown is named by its type
        return f"<{type(value).__name__}>"


def told_error(error: str | BaseException | None) -> str | None:
    """Return an error as text: its class and what it says."""
    if error is None or isinstance(error, str):
        return error
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - an error whose text cannot be made is still an error
        return type(error).__name__


def refusal(decision: "Decision") -> str:
    """Return why a call is denied: the rule, its bound, the value that met it, and what to do next."""
    if decision.rule == "run unknown":
        return "the hub has not said whose run this is, so only reads go on; upgrade the hub, or join again"
    if decision.rule.startswith("dial "):
        said = f"the {decision.rule} ({decision.value!r}) stands at {decision.bound!r}"
        return f"{said}; go on without it, or have a person turn it up"
    if decision.rule == "policy unreadable":
        said = f"this process cannot read the policy in force ({decision.bound}: {decision.value})"
        return f"{said}; upgrade interlock here, or have a policy pushed that it can read"
    met = f" ({decision.value!r} does not meet it)" if decision.value else ""
    said = f"policy {decision.rule!r} says {decision.bound!r}{met}"
    return f"{said}; change the call so that it fits, or go on without it"


def told(ruling: "Ruling") -> dict[str, Any]:
    """Return what the trace is told of a decision beside its verdict and rule."""
    decision = ruling.decision
    facts: dict[str, Any] = {"bound": decision.bound[:512], "value": decision.value[:512]}
    facts |= {"would": decision.would, "policy": ruling.policy}
    return {key: text for key, text in facts.items() if text}
