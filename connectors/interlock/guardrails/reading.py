"""The ``guard:`` of a role from the mapping somebody wrote: every problem at once, each with what to write. Pure."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, cast

from interlock.contract.places import At, Place
from interlock.contract.spans import duration, spelled
from interlock.errors import ContractProblem
from interlock.guardrails.findings import VERDICTS, InputVerdict
from interlock.guardrails.guard import Guard, Hooked
from interlock.guardrails.scope import Scope, checked

__all__ = ["normal", "read"]

PATTERNS_MAX = 200
HOOKS_MAX = 16
BUDGET_MAX_S = 30.0


def read(mapping: object, place: Place = ()) -> tuple[Guard, tuple[ContractProblem, ...]]:
    """Return the guardrails that a role's ``guard:`` says, and every problem in it; with one they do not count."""
    at = At(place, [])
    fields = _fields(
        mapping, ("scope", "injection", "hooks"), "{scope: {about: [order]}, injection: flag}", at
    )
    scope = _scope(fields["scope"], at.below("scope")) if "scope" in fields else Scope()
    injection = _verdict(fields.get("injection", "flag"), at.below("injection"))
    hooks = _hooks(fields["hooks"], at.below("hooks")) if "hooks" in fields else ()
    return Guard(scope, injection, hooks), tuple(at.problems)


def normal(guard: Guard) -> dict[str, Any]:
    """Return the mapping that :func:`read` makes the same guardrails of."""
    scope: dict[str, Any] = {"otherwise": guard.scope.otherwise}
    for key in ("about", "never_about"):
        if getattr(guard.scope, key):
            scope[key] = list(getattr(guard.scope, key))
    said: dict[str, Any] = {"injection": guard.injection, "scope": scope}
    if guard.hooks:
        said["hooks"] = {
            hook.name: {"budget": spelled(hook.budget_s), "otherwise": hook.otherwise} for hook in guard.hooks
        }
    return said


def _fields(value: object, known: tuple[str, ...], such_as: str, at: At) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        at.wrong("this is a mapping", f"write {such_as}")
        return {}
    found = cast("Mapping[object, Any]", value)
    for key in found:
        if key not in known:
            near = get_close_matches(str(key), known, 1)
            fix = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            at.below(str(key)).wrong(f"there is no {key!r} here", fix)
    return {key: found[key] for key in known if key in found}


def _verdict(value: object, at: At) -> InputVerdict:
    for verdict in VERDICTS:
        if verdict == value:
            return verdict
    near = get_close_matches(str(value), VERDICTS, 1)
    at.wrong(
        f"{value!r} is no verdict",
        f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(VERDICTS)}",
    )
    return "block"


def _scope(value: object, at: At) -> Scope:
    fields = _fields(
        value, ("about", "never_about", "otherwise"), "{about: [order, refund], otherwise: ask}", at
    )
    return Scope(
        _patterns(fields.get("about", []), at.below("about")),
        _patterns(fields.get("never_about", []), at.below("never_about")),
        _verdict(fields.get("otherwise", "flag"), at.below("otherwise")),
    )


def _patterns(value: object, at: At) -> tuple[str, ...]:
    entries = cast("list[object]", value) if isinstance(value, list) else None
    if entries is None or len(entries) > PATTERNS_MAX:
        at.wrong(
            "this is a list of patterns", f"write a list such as [order, refund], at most {PATTERNS_MAX}"
        )
        return ()
    found: list[str] = []
    for number, entry in enumerate(entries):
        try:
            found.append(checked(entry))
        except ValueError as error:
            at.below(number).wrong(f"{entry!r} is no pattern", str(error))
    return tuple(found)


def _hooks(value: object, at: At) -> tuple[Hooked, ...]:
    such_as = "{moderation: {budget: 300ms, otherwise: flag}}"
    if not isinstance(value, Mapping) or len(cast("Mapping[object, Any]", value)) > HOOKS_MAX:
        at.wrong("these are hooks by name", f"write {such_as}, at most {HOOKS_MAX}")
        return ()
    named = cast("Mapping[object, Any]", value).items()
    return tuple(_hook(str(name), said, such_as, at.below(str(name))) for name, said in named)


def _hook(name: str, said: object, such_as: str, at: At) -> Hooked:
    fields = _fields(said, ("budget", "otherwise"), such_as, at)
    budget = _budget(fields.get("budget", "500ms"), at.below("budget"))
    return Hooked(name, budget, _verdict(fields.get("otherwise", "flag"), at.below("otherwise")))


def _budget(value: object, at: At) -> float:
    read: Callable[[object], float] = duration
    try:
        seconds = read(value)
    except ValueError as error:
        at.wrong(f"{value!r} is no duration", str(error))
        return 0.5
    if seconds > BUDGET_MAX_S:
        at.wrong(f"{value!r} is too long", f"a model call waits for it: at most {spelled(BUDGET_MAX_S)}")
    return seconds
