"""What an exception says of a side effect. Pure."""

from typing import Literal

__all__ = ["Outcome", "failure"]

Outcome = Literal["done", "failed", "unknown"]


def failure(error: str | BaseException, *, read: bool) -> Outcome:
    """Return ``failed`` or ``unknown`` for a call that ended in this error; a ``read`` has no effect to doubt.

    A write that timed out, lost its connection on the way, or was broken off (interrupted, cancelled, killed inside
    through a call of its own) may have acted: ``unknown``. A refused connection has sent nothing.
    """
    if read or isinstance(error, str):
        return "failed"
    if not isinstance(error, Exception) or isinstance(error, TimeoutError):
        return "unknown"
    broken = isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError)
    return "unknown" if broken else "failed"
