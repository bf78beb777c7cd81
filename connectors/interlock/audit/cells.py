"""CSV that a spreadsheet shows and never runs: a cell that looks like a formula gets a quote mark in front."""

from collections.abc import Iterable

from interlock.text import visible

__all__ = ["row"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row(cells: Iterable[str]) -> str:
    """Return one record of a CSV file (RFC 4180), its line end included.

    Every cell stands in quotes, so no comma, quote or newline ends it early. What a terminal or an editor would obey is
    made visible. Spreadsheets look past blanks in front of a formula, and so does this.
    """
    return ",".join(_cell(cell) for cell in cells) + "\r\n"


def _cell(text: str) -> str:
    shown = visible(text)
    if text.lstrip(" \n").startswith(_FORMULA) or shown.lstrip(" \n").startswith(_FORMULA):
        shown = "'" + shown
    return '"' + shown.replace('"', '""') + '"'
