"""What the keys of the view in front do, made from its own table of keys; and the words and marks of the states."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from interlock_console.keys import Key
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces, wrap

__all__ = ["HelpScreen"]

Row = tuple[str, str, str]
_LEAD = 16

_MOVE = (
    ("arrows j k", "move by a row"),
    ("pgup pgdn", "move by a screen"),
    ("home g", "first row"),
    ("end G", "last row"),
)
_WORDS = (
    ("STOPPING", "alarm", "a kill is on its way; what is in flight is counted until it ended"),
    ("PRESUMED", "alarm", "every permit and lease ran out: nothing new can start, not proven yet"),
    ("STOPPED", "still", "confirmed: every gate answered, no gated call in flight"),
    ("LOST", "fault", "its process is gone, or silent for 10 s and perhaps still at work"),
    ("UNKNOWN UNK", "fault", "a write that may or may not have had its effect; look before repeating"),
    ("LOOP 7", "fault", "the same call with the same arguments 7 times in a row"),
    ("ERR 5", "fault", "5 failed calls in a row"),
    ("DENIED DENY", "fault", "calls that policy or a stop refused; they never started"),
    ("PAUSING", "held", "a pause is on its way; what is in flight goes on to its end"),
    ("PAUSED", "held", "held at its next call, nothing in flight; r lets it go on"),
    ("ENDING", "held", "the agent was asked to end, and has not yet"),
    ("RUN", "live", "at work"),
    ("DONE FAILED", "quiet", "ended; the word is what the agent itself claims"),
    ("KILLED", "still", "the agent says that it was killed; STOPPED is the hub's own word"),
    ("NO POLICY", "held", "no policy is loaded: calls are judged by their class alone"),
    ("UNRECORDED", "alarm", "the hub cannot write to disk: stops act, nothing new is allowed"),
    ("STALE", "alarm", "nothing heard from the hub for 5 s: what is shown is old"),
)


class HelpScreen(ModalScreen[None]):
    """A page about the view it was opened from; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,question_mark,enter", "close", "close the help", show=False),
        Binding("down,j,pagedown,space", "move(1)", show=False),
        Binding("up,k,pageup,b", "move(-1)", show=False),
    ]
    AUTO_FOCUS = ""

    def __init__(self, name: str, keys: Sequence[Key]) -> None:
        super().__init__()
        self.page = Page(name, keys)

    def compose(self) -> ComposeResult:
        """Show the page."""
        yield self.page

    def action_close(self) -> None:
        """Go back to the view."""
        self.dismiss()

    def action_move(self, by: int) -> None:
        """Go on in the page."""
        self.page.move(by)


class Page(Board):
    """The keys in the order of the view's table, then the words."""

    def __init__(self, name: str, keys: Sequence[Key]) -> None:
        super().__init__(id="help")
        self._name = name
        self._top = 0
        self._rows: list[Row] = [
            *_part(f"keys of the {name} view", ((_faces(key), key.help or key.says) for key in keys)),
            *_part("moving", _MOVE),
            *(_ACTING if any(key.name == "run.kill" for key in keys) else ()),
            ("", "head", ""),
            (" words", "head", ""),
            *((f"   {word}", tone, says) for word, tone, says in _WORDS),
        ]
        self._page: list[Pieces] = []

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the part of the page that is scrolled to."""
        self._page = [line for row in self._rows for line in _set(*row, width)]
        page: list[Pieces] = self._page[self._top : self._top + height - 1]
        rest = len(self._page) - self._top - height + 1
        more = f", space shows {rest} more lines" if rest > 0 else ""
        return [*page, *[()] * (height - 1 - len(page)), [(" q", "key"), (f" closes this{more}", "dim")]]

    def move(self, by: int) -> None:
        """Scroll by most of a page."""
        height = max(2, self.size.height - 1)
        self._top = max(0, min(self._top + by * (height - 1), len(self._page) - height))
        self.renew()


def _part(title: str, rows: Iterable[tuple[str, str]]) -> list[Row]:
    return [
        ("", "head", ""),
        (f" {title}", "head", ""),
        *((f"   {keys}", "key", says) for keys, says in rows),
    ]


def _set(lead: str, tone: str, says: str, width: int) -> Iterable[Pieces]:
    """Return one row on as many lines as it needs: what it says hangs beside its lead."""
    if not says:
        return [[(lead, tone)]]
    said = wrap(says, width - _LEAD - 1, 3)
    return [[(f"{lead if not at else '':<{_LEAD}}", tone), (line, "text")] for at, line in enumerate(said)]


_ACTING = _part(
    "orders",
    [("", "one key pauses; a kill asks for y, 400 ms after its dialog came up; enter never acts")],
)


def _faces(key: Key) -> str:
    return " ".join(key.faces)
