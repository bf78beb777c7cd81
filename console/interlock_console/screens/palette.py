"""The palette: everything that has a key or a command, found by typing, with its key beside it to be learned."""

from collections.abc import Sequence

from interlock_console.keys import Entry
from interlock_console.screens.help import HelpScreen

__all__ = ["Palette"]


class Palette(HelpScreen):
    """The help's list without the words, where every letter belongs to what is sought."""

    TYPING = True

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(entries, words=False)
