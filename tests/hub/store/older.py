"""Data folders as the hub before wrote them: the tables of version 1, with something in them."""

import shutil
from pathlib import Path
from typing import Any

import apsw

from interlock.hub.record import layout as record_layout
from interlock.hub.sqlite import Layout, Writer
from interlock.hub.trace import schema as trace_schema

__all__ = ["images", "layout", "make_old", "opened", "rows"]


def layout(name: str) -> Layout:
    """Return the layout of a database of this name."""
    return record_layout.LAYOUT if name == "record.db" else trace_schema.LAYOUT


def make_old(path: Path, new: Path) -> None:
    """Make ``path`` a file of version 1 with the rows of a new one, for every table that version 1 had."""
    Writer(path, layout(path.name)._replace(steps=())).close()
    old: Any = apsw.Connection(str(path))
    old.execute("ATTACH ? AS new", (str(new),))
    for (table,) in old.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall():
        old.execute(f"INSERT INTO main.{table} SELECT * FROM new.{table}")
    old.close()


def rows(path: Path) -> dict[str, list[Any]]:
    """Return what the tables of version 1 hold."""
    db: Any = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    kept = ("entry", "run", "event", "chunk", "body", "mark", "rollup", "stops")
    found = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names if name in kept}
    db.close()
    return found


def images(folder: Path, to: Path, name: str) -> list[str]:
    """Copy a database and its log as they are right before each statement of whatever opens it next.

    That is what a kill at this statement leaves. Returns the statements; copy N is in ``to/N``.
    """
    asked: list[str] = []

    def traced(_: object, statement: str, __: object) -> bool:
        here = to / str(len(asked))
        here.mkdir(parents=True)
        for path in folder.glob(f"{name}*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, here / path.name)
        asked.append(statement)
        return True

    def hook(connection: Any) -> None:
        connection.exec_trace = traced

    apsw.connection_hooks.append(hook)
    try:
        opened(folder, name)
    finally:
        apsw.connection_hooks.remove(hook)
    return asked


def opened(folder: Path, name: str) -> None:
    """Open the database as a hub does, and close it."""
    Writer(folder / name, layout(name)).close()
