"""Words of plans: a state as it is called out, and somebody's text of a few cells inside of a sentence. Pure."""

from interlock.text import cells, visible_line

__all__ = ["STATES", "loud", "short"]

STATES = frozenset((
    "ready", "done", "cannot be undone", "unknown first", "unknown", "failed", "refused", "stopped", "running",
    "waiting", "sent", "doing", "not reached", "skipped", "nothing happened",
))  # fmt: skip
_DOING = {"doing": "DOING RUN"}


def loud(state: object) -> str:
    """Return a state in capitals; one that nobody knows is shown as it is."""
    word = str(state)
    return _DOING.get(word, word.upper()) if word in STATES else short(word, 24)


def short(text: object, most: int) -> str:
    """Return text on one visible line of at most ``most`` cells, exactly so many where it was cut.

    What follows it stands in one place then, however wide the characters are that were left out.
    """
    line = visible_line(str(text), most)
    return line + " " * (most - cells(line)) if line.endswith("\u2026") else line
