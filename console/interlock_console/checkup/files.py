"""The files a person may write: contexts, keymap, themes, saved views. Each is read the way the console reads it."""

from collections.abc import Iterable
from importlib.util import find_spec

from interlock.errors import ConfigError
from interlock_console import contexts
from interlock_console.checkup import BAD, OK, WARN, Asked, Check

__all__ = ["look"]


def look(asked: Asked) -> Iterable[Check]:
    """Read every file, and say what of it does not hold."""
    yield from _contexts(asked)
    if find_spec("textual") is None:
        return
    yield from _keymap(asked)
    yield from _themes()
    yield from _views(asked)


def _contexts(asked: Asked) -> Iterable[Check]:
    book = contexts.read(asked.environ)
    wrong = 0
    for name in book.names:
        try:
            book.get(name)
        except ConfigError as error:
            wrong += 1
            yield Check("contexts", WARN, f"{error.what} {error.value!r}", error.fix)
    for problem in book.strange():
        yield Check("contexts", WARN, f"{problem}: is it misspelt?", f"mend {book.path}")
    if book.use and book.use != contexts.LOCAL and book.use not in book.names:
        yield Check(
            "contexts", BAD, f"in use is {book.use!r}, and there is no such context", "interlock context use"
        )
    yield Check(
        "contexts", OK, f"{len(book.names) - wrong} in {book.path}" if book.text else "no file of contexts"
    )


def _keymap(asked: Asked) -> Iterable[Check]:
    from interlock_console import keymap
    from interlock_console.discovery import tables

    path = keymap.find("", asked.environ)
    if path is None:
        yield Check("keymap", OK, "as built in")
        return
    found = keymap.load(path, tables())
    for problem in found.problems:
        yield Check("keymap", WARN, problem, f"mend {path}; until then that key is as built in")
    if not found.problems:
        yield Check("keymap", OK, f"{len(found.keys)} keys changed by {path}")


def _themes() -> Iterable[Check]:
    from interlock_console import themes

    broken = themes.broken()
    for problem in broken:
        yield Check("themes", WARN, problem, "mend it, or leave it out")
    yield Check("themes", OK, ", ".join(themes.names()))


def _views(asked: Asked) -> Iterable[Check]:
    from interlock_console import views

    path = views.views_file(asked.environ)
    found, problem = views.load(path)
    if problem:
        yield Check("views", WARN, problem, f"mend {path}")
    yield Check("views", OK, f"{len(found)} saved" if found else "none saved")
