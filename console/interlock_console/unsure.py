"""Calls of which nobody knows whether they happened: what line 1 says of them, and when that rings. Pure."""

__all__ = ["came", "line", "rings"]


def line(count: object) -> str:
    """Return what line 1 says of so many calls, nothing where there are none."""
    return f"CALLS? {count}" if isinstance(count, int) and count > 0 else ""


def rings(before: object, now: object) -> int:
    """Return how many more there are; nothing where the hub was not heard before: that was so already."""
    if not isinstance(before, int) or not isinstance(now, int):
        return 0
    return max(0, now - before)


def came(before: object, now: object) -> list[tuple[str, str]]:
    """Return what the ticker says of more or of none any more, each with its tone."""
    if not isinstance(before, int) or not isinstance(now, int):
        return []
    if now > before:
        more = now - before
        said = f"{more} more call{'s' * (more != 1)} of which nobody knows whether it happened: :unknowns"
        return [(said, "fault")]
    return [("nothing is unknown any more", "text")] if before and not now else []
