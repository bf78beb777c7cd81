"""Which runs a policy reaches first, when it is rolled out in steps. Pure; hub and gate ask the same function."""

import hashlib

__all__ = ["staged"]


def staged(run: str, share: float, candidate: str) -> bool:
    """Return whether ``run`` is among the ``share`` (0 to 1) that takes the candidate with this digest.

    A run's place depends on its id and the candidate's digest alone, so it is the same everywhere and as long as the
    candidate stays, and a larger share keeps every run of a smaller one. Agents choose the ids of their runs: the
    digest keeps them from choosing a side before they know the candidate, and no longer than that.
    """
    place = int(hashlib.sha256((candidate + run).encode("utf-8", "surrogatepass")).hexdigest()[:8], 16)
    return place / 2**32 < share
