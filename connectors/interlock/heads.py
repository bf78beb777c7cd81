"""Heads of a record as others remember them: what shows that a hub came back older, or as another one than it was."""

from typing import Annotated, Literal

from pydantic import Field

from interlock.model import Model, Sha256

__all__ = ["Head", "compare"]


class Head(Model):
    """The newest entry of the hub's record that is on disk. Gates and consoles keep the last one they saw."""

    kind: Literal["head"] = "head"
    origin: Annotated[str, Field(pattern=r"^o-[0-9a-f]{16}$")]
    """The name of the record: made once, and the same after a restore."""
    epoch: Annotated[int, Field(ge=1, le=2**53)]
    n: Annotated[int, Field(ge=0, le=2**53)]
    hash: Sha256


def compare(seen: Head, now: Head) -> str:
    """Return what is wrong with a hub whose head was ``seen`` before and is ``now``; nothing where it went on.

    A restore says itself that it is one: the epoch is higher. Whatever else is behind what was seen is an older copy,
    or another record under the same name.
    """
    if now.origin != seen.origin:
        return f"another record answers there: {now.origin}, and before it was {seen.origin}"
    if now.epoch != seen.epoch:
        problem = f"its record is of epoch {now.epoch}, and it was of epoch {seen.epoch} before"
        return problem if now.epoch < seen.epoch else ""
    if now.n < seen.n:
        return f"its record had {seen.n} entries, and has {now.n} now, of the same epoch"
    if now.n == seen.n and now.hash != seen.hash:
        return f"entry {now.n} of its record had another hash before"
    return ""
