"""A contract from the mapping somebody wrote: every problem at once, each with its place and what to write. Pure."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Literal, cast

from interlock import canonical
from interlock.contract.action import Action
from interlock.contract.contract import CLASSES, Contract, ToolClass
from interlock.contract.places import At, Place
from interlock.contract.rules import Backoff, Breaking, Money, Overlay, Rate
from interlock.contract.schema import compiled
from interlock.contract.spans import duration
from interlock.errors import ArgumentsError, ContractError

__all__ = ["KEYS", "read"]

RETRIES_MAX = 10


def read(mapping: object, place: Place = ()) -> Contract:
    """Return the contract that ``tools: NAME:`` says, or that a decorator was given.

    ``place`` is the path of the mapping in its file. Raises ContractError with every problem found, each with the
    path of the key it is about.
    """
    at = At(place, [])
    values: dict[str, Any] = {}
    for key, value in _mapping(mapping, at).items():
        if key not in KEYS:
            at.below(key).wrong(f"no contract has a {key!r}", _nearest(key))
            continue
        field, reader = KEYS[key]
        values[field] = _tried(reader, value, at.below(key))
    if not at.problems:
        _together(values, at)
    if at.problems:
        raise ContractError(tuple(at.problems))
    return Contract(**values)


def _mapping(value: object, at: At) -> Mapping[str, Any]:
    if isinstance(value, Mapping) and all(
        isinstance(key, str) for key in cast("Mapping[object, Any]", value)
    ):
        return cast("Mapping[str, Any]", value)
    at.wrong("a contract is a mapping with names as keys", "write {class: read, timeout: 5s}")
    return {}


def _nearest(key: str) -> str:
    near = get_close_matches(key, KEYS, 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(KEYS)}"


def _tried(reader: Callable[[Any, At], Any], value: Any, at: At) -> Any:
    try:
        return reader(value, at)
    except ValueError as error:
        at.wrong(f"{_short(value)} is not understood", str(error))
        return None


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _class(value: Any, _: At) -> ToolClass:
    for cls in CLASSES:
        if cls == value:
            return cls
    near = get_close_matches(str(value), CLASSES, 1)
    raise ValueError(f"did you mean {near[0]!r}?" if near else "a class is read, write or danger")


def _retries(value: Any, _: At) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= RETRIES_MAX:
        raise ValueError(f"further attempts are a whole number from 0 to {RETRIES_MAX}")
    return value


def _name(value: Any, _: At) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 512:
        raise ValueError("a name is a text of 1 to 512 characters")
    return value


def _idempotency(value: Any, at: At) -> tuple[str, ...]:
    if value == "key":
        return ()
    names = [name.strip() for name in _name(value, at).split("+")]
    if not all(name.isidentifier() for name in names) or len(set(names)) < len(names):
        raise ValueError("write key, or the names of arguments joined by +, such as order_id+amount")
    return tuple(sorted(names))


def _names(value: Any, at: At) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("write a list of names of arguments, such as [to, url]")
    return tuple(_name(name, at) for name in cast("list[object]", value))


def _money(value: Any, at: At) -> Money | None:
    parts = _parts(value, ("arg", "at_most"), (), "{arg: amount, at_most: 500 per run}", at)
    return Money.parse(_name(parts["arg"], at), parts["at_most"]) if parts else None


def _schema(value: Any, _: At) -> str:
    if not isinstance(value, Mapping | bool):
        raise ValueError("a result is a JSON Schema, such as {type: object, required: [id]}")
    text = _json(value)
    compiled(text)
    return text


def _action(value: Any, at: At) -> Action | None:
    if isinstance(value, str):
        return Action(_name(value, at))
    parts = _parts(
        value, ("tool", "args"), ("args",), "{tool: NAME, args: {refund_id: result.refund_id}}", at
    )
    if not parts:
        return None
    if "args" not in parts:
        return Action(_name(parts["tool"], at))
    if not isinstance(parts["args"], Mapping):
        raise ValueError("the arguments of an action are a mapping")
    return Action(_name(parts["tool"], at), _json(parts["args"]))


def _compensate(value: Any, at: At) -> Action | Literal["none"] | None:
    return "none" if value == "none" else _action(value, at)


def _overlay(value: Any, at: At) -> Overlay | None:
    parts = _parts(
        value,
        ("of", "where", "set"),
        (),
        "{of: TOOL, where: {order_id: order_id}, set: {status: refunded}}",
        at,
    )
    if not parts:
        return None
    where, fields = parts["where"], parts["set"]
    if not isinstance(where, Mapping) or not where or not isinstance(fields, Mapping):
        raise ValueError(
            "where names arguments of both tools, set the fields of the answer: both are mappings"
        )
    pairs = cast("Mapping[object, Any]", where).items()
    return Overlay(
        _name(parts["of"], at), tuple((_name(a, at), _name(b, at)) for a, b in pairs), _json(fields)
    )


def _parts(
    value: Any, keys: tuple[str, ...], optional: tuple[str, ...], such_as: str, at: At
) -> Mapping[str, Any]:
    """Return a mapping that has these keys and no others; empty, with its problem noted, for anything else."""
    if not isinstance(value, Mapping):
        raise ValueError(f"write {such_as}")
    found = cast("Mapping[object, Any]", value)
    strange = [key for key in found if key not in keys]
    for key in strange:
        at.below(str(key)).wrong(f"there is no {key!r} here", f"write {such_as}")
    missing = [key for key in keys if key not in found and key not in optional]
    if missing and not strange:
        at.wrong(f"{' and '.join(missing)} missing", f"write {such_as}")
    return {} if strange or missing else cast("Mapping[str, Any]", found)


def _json(value: Any) -> str:
    try:
        return canonical.encode("contract", value)
    except ArgumentsError as error:
        raise ValueError(f"{error.problem}; write plain JSON values") from None


def _duration(value: Any, _: At) -> float:
    return duration(value)


def _virtual(value: Any, _: At) -> str:
    return _json(value)


def _together(values: dict[str, Any], at: At) -> None:
    """What is understood alone, and makes no sense beside the rest."""
    if values.get("backoff") is not None and not values.get("retries"):
        at.below("backoff").wrong(
            "a backoff without retries waits for nothing", "add retries, or leave it out"
        )
    if values.get("endpoint") is not None and values.get("breaker") is None:
        at.below("endpoint").wrong(
            "an endpoint without a breaker does nothing", "add a breaker, or leave it out"
        )
    write = values.get("cls") in ("write", "danger")
    if write and values.get("retries") and values.get("idempotency") is None:
        problem = "a write is never repeated blindly"
        at.below("retries").wrong(problem, "say by idempotency how it is known again, or leave retries out")
    if values.get("cls") == "read" and values.get("compensate") not in (None, "none"):
        at.below("compensate").wrong(
            "a read has no effect to make good", "leave it out, or correct the class"
        )


KEYS: dict[str, tuple[str, Callable[[Any, At], Any]]] = {
    "class": ("cls", _class),
    "timeout": ("timeout_s", _duration),
    "retries": ("retries", _retries),
    "backoff": ("backoff", lambda value, _: Backoff.parse(value)),
    "idempotency": ("idempotency", _idempotency),
    "breaker": ("breaker", lambda value, _: Breaking.parse(value)),
    "endpoint": ("endpoint", _name),
    "rate": ("rate", lambda value, _: Rate.parse(value)),
    "money": ("money", _money),
    "result": ("result", _schema),
    "compensate": ("compensate", _compensate),
    "probe": ("probe", _action),
    "virtual": ("virtual", _virtual),
    "reads_virtual": ("reads_virtual", _overlay),
    "wait": ("wait_s", _duration),
    "targets": ("targets", _names),
}
"""The keys of a contract: the field each one fills, and how it is read."""
