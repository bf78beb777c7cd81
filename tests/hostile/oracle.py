"""Says what in a terminal's bytes does not belong there, by an allow list: so it finds the unthought-of too.

The list is what Textual 8.2.8 writes with its Linux driver and Rich 15, read in their source and recorded:

- styled text is `CSI ... m`, text, `CSI 0 m`, and nothing else in between;
- the cursor moves by `CSI row ; column H` only, which inside the alternate screen follows every newline;
- private modes for the alternate screen, the cursor, the mouse, focus, paste, wrapping, in-band resize
  and synchronized output; two questions about modes, once each time the alternate screen is entered;
- kitty keys on and off, and the shape of the mouse pointer by name.

There is no erasing, scrolling, title, link, clipboard, bell, and no other question. Because the grammar is
that tight, even a colour or a cursor movement that came out of a text is found in the styled text it was in.

This file shares no code with `interlock.text`, whose work it judges.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Final
from unicodedata import category

_TOKEN: Final = re.compile(
    r"(?P<csi>\x1b\[[0-?]*[ -/]*[@-~])"
    r"|(?P<osc>\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))"
    r"|(?P<newline>\r?\n)"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
)
_STYLE: Final = re.compile(r"\x1b\[[0-9]+(;[0-9]+)*m")
_MOVE: Final = re.compile(r"\x1b\[([0-9]+;[0-9]+)?H")
_MODE: Final = re.compile(r"\x1b\[\?(7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]")
_QUESTION: Final = re.compile(r"\x1b\[\?(2026|2048)\$p")
_KEYS: Final = frozenset(["\x1b[>25u", "\x1b[<u"])
_ENTER: Final = "\x1b[?1049h"
_LEAVE: Final = "\x1b[?1049l"
_POINTER: Final = re.compile(
    r"\x1b\]22;(default|pointer|text|grab|grabbing|wait|help|progress|crosshair)\x07"
)
_CLIPBOARD: Final = re.compile(r"\x1b\]52;c;[A-Za-z0-9+/=]*\x07")

# Drawn as nothing, or moving what is drawn, though their category says letter, mark, symbol or space.
_HIDING: Final = re.compile(
    "[\xa0\u034f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_MARKS_IN_A_ROW: Final = 8


def forbidden_in_terminal(raw: bytes, *, also: Collection[str] = ()) -> list[str]:
    """Return what does not belong into the recorded bytes of a full-screen session, empty if all of it does.

    `also` lets through what a session does on purpose: "bell" a bell, "clipboard" a copy by OSC 52. Outside
    of the alternate screen newlines and tabs are free, as in the output of any command.
    """
    return _Reader(screen=True, also=frozenset(also)).read(raw)


def forbidden_in_lines(raw: bytes) -> list[str]:
    """Return what does not belong into a one-shot command's output: styled text, newlines and tabs do."""
    return _Reader(screen=False, also=frozenset()).read(raw)


class _Reader:
    """One pass over the bytes, which notes where the grammar is left."""

    def __init__(self, *, screen: bool, also: frozenset[str]) -> None:
        self.screen = screen
        self.also = also
        self.inside = False
        self.styled = False
        self.after_newline = False
        self.questions: set[str] = set()
        self.found: list[str] = []
        self.kinds: dict[str, Callable[[str], str | None]] = {
            "csi": self._csi,
            "osc": self._osc,
            "newline": self._newline,
            "control": self._control,
            "text": self._text,
        }

    def read(self, raw: bytes) -> list[str]:
        """Return the findings, each with the place of its first character."""
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            self.found.append(f"bytes that are no UTF-8 at {error.start}: {raw[error.start : error.end]!r}")
            text = raw.decode(errors="replace")
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup or "control"
            if self.after_newline and not _MOVE.fullmatch(token.group()):
                self._note("a newline without a move after it", token)
            self.after_newline = False
            if wrong := self.kinds[kind](token.group()):
                self._note(wrong, token)
        if self.styled:
            self.found.append("a style that is never reset")
        return self.found

    def _note(self, wrong: str, token: re.Match[str]) -> None:
        context = token.string[token.start() : token.start() + 24]
        self.found.append(f"{wrong} at {token.start()}: {context!r}")

    def _csi(self, token: str) -> str | None:
        if _STYLE.fullmatch(token):
            return self._style(token)
        if self.styled:
            return "a sequence inside styled text"
        if not self.screen:
            return "a sequence that is no style"
        if _MOVE.fullmatch(token):
            return None
        if _QUESTION.fullmatch(token):
            return self._question(token)
        if not _MODE.fullmatch(token) and token not in _KEYS:
            return "a sequence that is not allowed"
        return self._mode(token)

    def _style(self, token: str) -> str | None:
        reset = token == "\x1b[0m"
        expected = reset == self.styled
        self.styled = not reset
        if expected:
            return None
        return "a reset without a style" if reset else "a style inside styled text"

    def _question(self, token: str) -> str | None:
        again = token in self.questions
        self.questions.add(token)
        return "a question asked again" if again else None

    def _mode(self, token: str) -> str | None:
        if token in (_ENTER, _LEAVE):
            entering = token == _ENTER
            if entering == self.inside:
                return "the alternate screen entered or left twice"
            self.inside = entering
            self.questions.clear()
        return None

    def _osc(self, token: str) -> str | None:
        if self.screen and not self.styled and _POINTER.fullmatch(token):
            return None
        if "clipboard" in self.also and not self.styled and _CLIPBOARD.fullmatch(token):
            return None
        return "an operating system command"

    def _newline(self, token: str) -> str | None:
        if self.styled:
            return "a newline inside styled text" if self.inside else None
        self.after_newline = self.inside
        return None

    def _control(self, token: str) -> str | None:
        if token == "\t" and not self.inside:
            return None
        if token == "\x07" and "bell" in self.also and not self.styled:
            return None
        return f"a control character U+{ord(token):04X}"

    def _text(self, token: str) -> str | None:
        return next(_hidden(token), None)


def _hidden(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        kind = category(character)
        marks = marks + 1 if kind in ("Mn", "Me") or "\u1160" < character < "\u1200" else 0
        if kind[0] == "C" or _HIDING.match(character):
            yield f"a hidden character U+{ord(character):04X}"
        elif marks > _MARKS_IN_A_ROW:
            yield "a flood of combining marks"
