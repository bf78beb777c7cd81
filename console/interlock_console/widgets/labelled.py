"""Labelled lines of a dialog's upper part, laid out alike in all of them."""

from collections.abc import Iterable

from interlock_console.widgets.ink import Pieces, cells_of, wrap

__all__ = ["LABEL", "fact", "titled", "wrapped"]

LABEL = 10


def fact(label: str, text: str, tone: str = "text") -> Pieces:
    """Return one line; the text is visible already."""
    return [(f" {label:<{LABEL}}", "dim"), (text, tone)]


def wrapped(label: str, text: str, tone: str, width: int, most: int = 3) -> Iterable[Pieces]:
    """Yield a text over at most ``most`` lines, with the label before the first."""
    for at, line in enumerate(wrap(text, width - LABEL - 3, most)):
        yield fact("" if at else label, line, tone)


def titled(title: str, right: str, width: int, tone: str = "alarm") -> Pieces:
    """Return a title with something at the right end of the line, such as how old the data is."""
    left = (f" {title}", tone)
    return [left, (" " * max(2, width - cells_of([left]) - len(right) - 1), "text"), (right, "alarm")]
