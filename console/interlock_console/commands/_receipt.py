"""A receipt as text for a terminal or a pipe. The words are those of the console: :mod:`interlock_console.receipts`."""

from itertools import pairwise

from interlock_console.output import columns, line
from interlock_console.receipts import Json, head, lines, reached

__all__ = ["reached", "text"]


def text(receipt: Json) -> str:
    """Return the receipt as lines of visible text; a label is written once for the lines that share it."""
    found = lines(receipt)
    labels = ["", *(row.label for row in found)]
    rows = [
        ("" if label == before and label == "stage" else label, row.text)
        for (before, label), row in zip(pairwise(labels), found, strict=True)
    ]
    title = f"{line(receipt['run'])}  {line(receipt['verb'])}  {head(receipt).text}"
    return title + "\n" + columns(rows, indent="  ")
