"""A line at the bottom that asks why: what is typed is the reason that goes into the record."""

from collections.abc import Callable

from interlock_console.screens.typed_line import TypedLine

__all__ = ["ReasonLine"]

_MOST = 400


class ReasonLine(TypedLine):
    """Enter takes a reason and gives it to ``done``, which orders nothing by itself; escape leaves what there was."""

    def __init__(self, label: str, done: Callable[[str], None], typed: str = "") -> None:
        super().__init__(label, "note", _MOST, typed)
        self._done = done

    def entered(self, text: str) -> None:
        """Give the reason on."""
        if not text:
            self.refuse("a reason has a few words; esc leaves it")
            return
        self.dismiss()
        self._done(text)
