"""What a typed line means: which command with which words, what may be meant by the beginning of one, what is near."""

import shlex
from collections.abc import Iterable
from difflib import get_close_matches

from textual.app import App

from interlock.errors import InterlockError
from interlock.text import visible_line
from interlock_console.colon import Colon, found
from interlock_console.screens import View

__all__ = ["offers", "run"]

_MOST = 40


def run(app: App[None], view: View, commands: Iterable[Colon], text: str) -> str | None:
    """Carry out a typed line and return what to say about it: a mistake in it is a sentence too."""
    try:
        name, *words = shlex.split(text)
    except ValueError:
        return f"nothing was done: a quote in {visible_line(text, 60)} is not closed"
    named = {name: command for command in commands for name in command.names}
    command = named.get(name)
    if command is None:
        return _not_here(view, name) or _unknown(name, named)
    try:
        return command.act(app, view, words)
    except InterlockError as error:
        return visible_line(str(error))


def _not_here(view: View, name: str) -> str:
    """Return why a command that acts is not there in a console that only looks, and what to do; else nothing."""
    station = view.station
    if not station.looks_only or not any(name in command.names for command in found() if command.acting):
        return ""
    return f"no command :{name} here: {station.off('responder', 'it')}"


def _unknown(name: str, named: Iterable[str]) -> str:
    close = get_close_matches(name.casefold(), sorted(named), 1, 0.5)
    near = f"did you mean :{close[0]}?" if close else ":help lists what there is"
    return f"no command :{visible_line(name, 40)}; {near}"


def offers(view: View, commands: Iterable[Colon], text: str) -> list[str]:
    """Return the whole lines that may be meant by the beginning of one, the likeliest first, at most forty."""
    if not text:
        return []
    before, blank, last = text.rpartition(" ")
    if not blank:
        names = [command.names[0] for command in commands] + [
            n for command in commands for n in command.names[1:]
        ]
        return [name for name in dict.fromkeys(names) if name.startswith(last)][:_MOST]
    name, *words = before.split() or [""]
    command = next((command for command in commands if name in command.names), None)
    if command is None or command.completes is None:
        return []
    found = (quoted(word) for word in command.completes(view, words))
    return [f"{before} {word}" for word in found if word.startswith(last)][:_MOST]


def quoted(word: str) -> str:
    """Return a word as it has to be typed: in quotes where it has blanks, without what a line cannot hold."""
    return shlex.quote(visible_line(word))
