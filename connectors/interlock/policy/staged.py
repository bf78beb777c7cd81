"""Which runs a policy reaches first, when it is rolled out in steps. Pure; hub and gate ask the same function."""

import hashlib

__all__ = ["staged"]


def staged(run: str, share: float) -> bool:
    """Return whether ``run`` is among the ``share`` (0 to 1) that takes the candidate.

    A run's place depends on its id alone, so it is the same everywhere and for ever, and a larger share keeps
    every run of a smaller one.
    """
    place = int(hashlib.sha256(run.encode("utf-8", "surrogatepass")).hexdigest()[:8], 16)
    return place / 2**32 < share
