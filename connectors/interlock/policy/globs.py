"""Names of tools with ``*`` in them: any run of characters, and nothing else is special. Pure, linear."""

__all__ = ["covers", "is_glob", "matches", "weight"]


def is_glob(name: str) -> bool:
    """Return whether the name stands for many."""
    return "*" in name


def matches(pattern: str, name: str) -> bool:
    """Return whether ``name`` is one of those ``pattern`` stands for. Upper and lower case differ."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == name
    last = rest.pop()
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for part in rest:
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def covers(wide: str, narrow: str) -> bool:
    """Return whether ``wide`` stands for every name that ``narrow`` does, as far as their texts tell."""
    return matches(wide, narrow)


def weight(pattern: str) -> tuple[bool, int, str]:
    """Return by what the most exact of several patterns is found: the largest is."""
    return not is_glob(pattern), len(pattern.replace("*", "")), pattern
