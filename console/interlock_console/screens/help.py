"""What can be done here, made from the keys and commands there are: read it, filter it by typing, run a row of it."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from interlock.text import encodable
from interlock_console.keys import Entry, Key
from interlock_console.widgets.board import Board
from interlock_console.widgets.footer import Footer
from interlock_console.widgets.ink import Piece, Pieces, wrap

__all__ = ["WORDS", "HelpScreen", "Page"]

_LEAD = 16
_MOST = 80

_MOVING = (
    ("arrows j k", "move by a row"),
    ("pgup pgdn", "move by a screen"),
    ("home g", "first row"),
    ("end G", "last row"),
)
WORDS = (
    ("STOPPING", "alarm", "a kill is on its way; what is in flight is counted until it ended"),
    ("PRESUMED", "alarm", "every permit and lease ran out: nothing new can start, not proven yet"),
    ("STOPPED", "still", "confirmed: every gate answered, no gated call in flight"),
    ("LOST", "fault", "its process is gone, or silent for 10 s and perhaps still at work"),
    ("UNKNOWN UNK", "fault", "a write that may or may not have had its effect; look before repeating"),
    ("CALLS? 2", "fault", "2 calls of unknown outcome wait for a probe or a person: 3, then u"),
    ("LOOP 7", "fault", "the same call with the same arguments 7 times in a row"),
    ("ERR 5", "fault", "5 failed calls in a row"),
    ("ODD", "fault", "calls a tool that no other run of its role does: a count, perhaps harmless"),
    ("DENIED DENY", "fault", "calls that policy or a stop refused; they never started"),
    ("PAUSING", "held", "a pause is on its way; what is in flight goes on to its end"),
    ("PAUSED", "held", "held at its next call, nothing in flight; r lets it go on"),
    ("ENDING", "held", "the agent was asked to end, and has not yet"),
    ("RUN", "live", "at work"),
    ("SHADOW %", "shadow", "none of its writes is run: by its own mode, the policy or a dial"),
    ("DONE FAILED", "quiet", "ended; the word is what the agent itself claims"),
    ("KILLED", "still", "the agent says that it was killed; STOPPED is the hub's own word"),
    ("DIAL", "held", "somebody, or a rule, holds agents back: D or :dial says who, why and how far"),
    ("BREAKER 2", "fault", "tools that failed too often fail at once at some gates: :breakers"),
    ("NO POLICY", "held", "no policy is loaded: calls are judged by their class alone"),
    ("UNRECORDED", "alarm", "the hub cannot write to disk: stops act, nothing new is allowed"),
    ("ROLLED BACK", "alarm", "an older copy of the record answers: see interlock doctor"),
    ("STALE", "alarm", "nothing heard from the hub for 5 s: what is shown is old"),
)


class HelpScreen(ModalScreen[Entry | None]):
    """A page of entries, the words below them; enter closes it with the entry that was chosen, ``q`` with None."""

    AUTO_FOCUS = ""
    TYPING = False
    """True takes every letter for the filter; otherwise some move and close while nothing is typed."""

    def __init__(self, entries: Sequence[Entry], *, words: bool = True) -> None:
        super().__init__()
        self.page = Page(entries, words=words)
        self.foot = Footer(self._keys())

    def compose(self) -> ComposeResult:
        """Show the page, and its own keys in the place of those of the view behind."""
        yield self.page
        yield self.foot

    def _keys(self) -> Iterable[Key]:
        return _TYPING if self.TYPING or self.page.typed else _READING

    def on_key(self, event: events.Key) -> None:
        """Move, filter, choose or close."""
        event.stop()
        event.prevent_default()
        self.take(event)

    def take(self, event: events.Key) -> None:
        """Take one key, also one that was pressed before the page was on the screen."""
        page, reads = self.page, self._reads
        if event.key == "enter":
            self._choose()
        elif event.key in _LEAVE or (reads and event.key in _CLOSE):
            self._leave(clear=event.key == "escape")
        elif event.key in _MOVES and (reads or not event.is_printable):
            page.move(*_MOVES[event.key])
        elif event.key in _EDITS:
            page.type(_EDITS[event.key](page.typed))
        elif event.character is not None and event.is_printable:
            page.type((page.typed + event.character)[:_MOST].removeprefix("" if self.TYPING else "/"))
        self.foot.show(self._keys())

    def _choose(self) -> None:
        if (chosen := self.page.chosen) is not None:
            self.dismiss(chosen)

    def _leave(self, *, clear: bool) -> None:
        if clear and self.page.typed:
            self.page.type("")
        else:
            self.dismiss(None)

    @property
    def _reads(self) -> bool:
        return not (self.TYPING or self.page.typed)

    def on_paste(self, event: events.Paste) -> None:
        """Filter by the first line of what was pasted."""
        event.stop()
        self.page.type((self.page.typed + encodable(event.text.split("\n")[0]))[:_MOST])

    def on_click(self, event: events.Click) -> None:
        """A click chooses a row, two of them open it; neither gives an order."""
        event.stop()
        if event.widget is self.page and self.page.at(event.y) and event.chain > 1:
            self.dismiss(self.page.chosen)


_READING = (
    Key("help.run", "enter", "", "run it", foot=2),
    Key("help.find", "slash", "", "find, or just type", foot=1),
    Key("help.page", "space,b", "", "a screen on, or back", foot=3, cap="space b"),
    Key("help.close", "q", "", "close", foot=1),
)
_TYPING = (
    Key("find.run", "enter", "", "run it", foot=2),
    Key("find.move", "up,down", "", "choose", foot=3, cap="up down"),
    Key("find.close", "escape", "", "clear, then close", foot=1),
)
"""What the last line says while a letter moves, and while it belongs to what is sought."""
_CLOSE = ("q", "question_mark")
_LEAVE = ("escape", "ctrl+c", "ctrl+p")
_EDITS: dict[str, Callable[[str], str]] = {
    "backspace": lambda typed: typed[:-1],
    "ctrl+h": lambda typed: typed[:-1],
    "ctrl+u": lambda _: "",
}
_MOVES = {
    "down": (1, False),
    "j": (1, False),
    "up": (-1, False),
    "k": (-1, False),
    "pagedown": (1, True),
    "space": (1, True),
    "pageup": (-1, True),
    "b": (-1, True),
}


class _Row(NamedTuple):
    lead: str
    tone: str
    says: str
    entry: Entry | None = None


class Page(Board):
    """The entries under their sections, then the words. The cursor is on an entry while there is one to run."""

    def __init__(self, entries: Sequence[Entry], *, words: bool) -> None:
        super().__init__(id="help")
        self._entries, self._words = entries, words
        self._top = 0
        self.typed = ""
        self._cursor = 0
        self._lines: list[tuple[Pieces, int]] = []
        """What the page has, each line with the number of its entry, -1 for none."""
        self._runs: list[Entry] = []

    @property
    def chosen(self) -> Entry | None:
        """The entry under the cursor, None where there is none to run."""
        return self._runs[self._cursor] if self._cursor < len(self._runs) else None

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the part of the page that is scrolled to, and what was typed on the last line."""
        self._lay(width)
        room = height - 1
        page = [self._marked(pieces, number) for pieces, number in self._lines[self._top : self._top + room]]
        rest = len(self._lines) - self._top - room
        return [*page, *[()] * (room - len(page)), self._foot(rest)]

    def _marked(self, pieces: Pieces, number: int) -> Pieces:
        if number < 0 or number != self._cursor or not pieces:
            return pieces
        return [(">", "mark"), (pieces[0][0][1:], pieces[0][1]), *pieces[1:]]

    def _foot(self, rest: int) -> Pieces:
        more = f"{rest} more lines below" if rest > 0 else ""
        if self.typed:
            return [(" find: ", "key"), (self.typed, "text"), ("_", "mark"), (f"  {more}", "dim")]
        return [(f" {more}", "held")]

    def _lay(self, width: int) -> None:
        self._runs, self._lines = [], []
        for row in self._rows():
            number = -1
            if row.entry is not None:
                number = len(self._runs)
                self._runs.append(row.entry)
            self._lines += [(line, number) for line in _set(row, width)]
        self._cursor = max(0, min(self._cursor, len(self._runs) - 1))

    def _rows(self) -> Iterable[_Row]:
        section = ""
        for entry in self._entries:
            if not entry.fits(self.typed):
                continue
            if entry.section != section:
                section = entry.section
                yield from (_Row("", "head", ""), _Row(f" {section}", "head", ""))
            yield _Row(f"   {entry.keys}", "key", entry.says, entry)
        yield from self._rest()

    def _rest(self) -> Iterable[_Row]:
        moving = [(keys, says) for keys, says in _MOVING if _told(self.typed, keys, says, "moving")]
        told = [word for word in WORDS if _told(self.typed, word[0], word[2], "words")]
        if moving and self._words:
            yield from (_Row("", "head", ""), _Row(" moving", "head", ""))
            yield from (_Row(f"   {keys}", "key", says) for keys, says in moving)
        if told and self._words:
            yield from (_Row("", "head", ""), _Row(" words", "head", ""))
            yield from (_Row(f"   {word}", tone, says) for word, tone, says in told)

    def type(self, text: str) -> None:
        """Keep what fits this text."""
        self.typed, self._top, self._cursor = text, 0, 0
        self.renew()

    def at(self, y: int) -> bool:
        """Put the cursor on the entry of this line. False when there is none."""
        place = self._top + y
        number = self._lines[place][1] if 0 <= place < len(self._lines) else -1
        if number >= 0:
            self._cursor = number
            self.renew()
        return number >= 0

    def move(self, by: int, page: bool = False) -> None:
        """Go on by an entry, or by most of a page; below the last entry the page itself goes on."""
        height = max(2, self.size.height - 1)
        last = max(0, len(self._lines) - height)
        if page:
            self._top = max(0, min(self._top + by * (height - 1), last))
            shown = [number for _, number in self._lines[self._top : self._top + height] if number >= 0]
            self._cursor = min(shown, default=self._cursor)
        elif 0 <= self._cursor + by < len(self._runs):
            self._cursor += by
            here = [y for y, (_, number) in enumerate(self._lines) if number == self._cursor]
            self._top = max(
                here[-1] - height + 1, min(self._top, here[0] - 2 if self._cursor == 0 else here[0]), 0
            )
        else:
            self._top = max(0, min(self._top + by, last))
        self.renew()


def _told(typed: str, *texts: str) -> bool:
    text = " ".join(texts).casefold()
    return all(word in text for word in typed.casefold().split())


def _set(row: _Row, width: int) -> Iterable[Pieces]:
    """Return one row on as many lines as it needs: what it says hangs beside its lead."""
    if not row.says:
        return [[(row.lead, row.tone)]]
    lead = row.lead if len(row.lead) < _LEAD else f"{row.lead} "
    said = wrap(row.says, max(8, width - max(_LEAD, len(lead)) - 1), 3)
    blank = " " * max(_LEAD, len(lead))
    return [_line(f"{lead:<{_LEAD}}" if not at else blank, row.tone, line) for at, line in enumerate(said)]


def _line(lead: str, tone: str, said: str) -> list[Piece]:
    return [(lead, tone), (said, "text")]
