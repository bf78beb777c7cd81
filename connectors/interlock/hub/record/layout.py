"""The table of the record, and its versions."""

from interlock.hub.sqlite import Layout

__all__ = ["ERASED", "LAYOUT", "MARKS"]

_FIRST = """
CREATE TABLE IF NOT EXISTS entry (
    n INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, run TEXT NOT NULL, "order" TEXT NOT NULL,
    permit TEXT NOT NULL, digest BLOB NOT NULL, body BLOB, hash BLOB NOT NULL
) STRICT
"""
# An index serves a question only where the question repeats its condition word for word.
_MARKED = "kind IN ('epoch', 'signing_key')"
_ERASED = "kind = 'erased'"

LAYOUT = Layout(
    _FIRST,
    (
        (
            f"CREATE INDEX entry_mark ON entry (n) WHERE {_MARKED}",
            f"CREATE INDEX entry_erased ON entry (n) WHERE {_ERASED}",
        ),
    ),
)
"""Version 2 finds the few entries that a start has to know, without reading all."""

MARKS = f"SELECT CAST(kind AS BLOB), body FROM entry WHERE {_MARKED} ORDER BY n"  # noqa: S608 - names of this file
ERASED = f"SELECT body FROM entry WHERE {_ERASED} ORDER BY n DESC"  # noqa: S608
