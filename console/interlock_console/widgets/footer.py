"""The last line of every screen: the keys of this view, as many as fit."""

from collections.abc import Iterable, Sequence

from interlock.text import cells
from interlock_console.keys import Key
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces

__all__ = ["Footer"]


class Footer(Board):
    """Keys in the order of the view's table; the ones of the highest ``foot`` weight go first when room is short."""

    ROW = "bar"

    def __init__(self, keys: Iterable[Key]) -> None:
        super().__init__(id="footer")
        self._keys: Sequence[Key] = [key for key in keys if key.foot]

    def show(self, keys: Iterable[Key]) -> None:
        """Show other keys than before."""
        self._keys = [key for key in keys if key.foot]
        self.renew()

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the keys that fit."""
        del height
        keys = list(self._keys)
        while keys and 1 + sum(cells(key.face) + cells(key.says) + 3 for key in keys) - 2 > width:
            keys.remove(max(keys, key=lambda key: key.foot))
        pieces = [(" ", "text")]
        for key in keys:
            pieces += [(key.face, "key"), (f" {key.says}  ", "text")]
        return [pieces]
