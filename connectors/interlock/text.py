"""The type for text that somebody else wrote, and the functions that make such text visible.

Names, goals, arguments, results, errors, reasons: whatever an agent, a tool, a model or another person
wrote is `Untrusted`. It is stored exactly as it came and is only ever shown through this module:

    Untrusted        the wrapper; `.raw` is the exact text, `str()` and f-strings give the visible form
    visible          many lines: newline and tab stay, all that could act on a terminal or hide is shown
    visible_line     one line: newline and tab are shown too; can be cut to a number of cells
    strip_terminal   the second net: takes out what `visible_line` would show, keeps the width
    cells            how many terminal cells a text takes at most
    unsure           whether terminals disagree about that
    breakable        where a visible line may be broken: not between a character and what rides on it
    encodable        for text coming in: lone surrogates replaced, so that every encoder takes it

What is shown instead of what:

    C0 controls, DEL                                         their control picture: ESC is U+241B
    C1, format (bidi, zero width, tags, joiners), private    `<U+202E>`
    use, unassigned, surrogates, U+2028, U+2029
    variation selectors and other blanks that pass           `<U+2800>`
    for printable
    every space but U+0020 and the ideographic U+3000        `<U+00A0>`
    a combining mark with nothing under it, and the          `<U+0338>`
    seventh and later ones in a row on one character

Text in any script stays as it is, and so do accents and emoji. Two choices about emoji are deliberate.
The joiner inside a joined emoji is shown, so a family is drawn as its members: nobody agrees on the
width of a joined emoji. U+FE0F directly after a symbol that has an emoji form is left out: it picks a
glyph and says nothing, Rich gives it a cell where tmux gives none, and a row full of them would pull the
next pane's text to the left. Every other variation selector is shown.

Terminals disagree about some characters that stay: vowel signs of Indic scripts (`Mc`) take a cell in tmux and
none in others, a skin tone two or none, some signs one or two. `cells` counts the most any of them gives, so that
what was laid out with it never grows into its neighbour; a screen puts what follows where it belongs.

"Unassigned" is what the running Python's Unicode tables call so: an emoji newer than they are is shown
as its number. No table of Unicode is kept here. `_PLAIN` lists ranges that need no second look, and the
rest is decided character by character from `unicodedata`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import total_ordering
from typing import TYPE_CHECKING, Final, TypeVar, final
from unicodedata import category, east_asian_width

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

__all__ = [
    "MARKS_IN_A_ROW",
    "Untrusted",
    "breakable",
    "cells",
    "encodable",
    "strip_terminal",
    "unsure",
    "visible",
    "visible_line",
]

MARKS_IN_A_ROW: Final = 6
"""Combining marks that may sit on one character. Burmese and pointed Hebrew words need up to five."""

_ELLIPSIS: Final = "\u2026"

# Ranges that hold nothing but printable characters with cells of their own: no marks, blanks or holes.
_PLAIN: Final = (
    "\t\n -~\xa1-\xac\xae-\u02ff"  # ASCII, Latin
    "\u0370-\u0377\u038e-\u03a1\u03a3-\u0482\u048a-\u052f"  # Greek, Cyrillic
    "\u05d0-\u05ea\u0620-\u064a\u0660-\u066f"  # Hebrew, Arabic
    "\u1e00-\u1f15\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"  # Latin again, punctuation, currency
    "\u2100-\u218b\u2190-\u2426\u2460-\u27ff\u2801-\u2b73\u2b76-\u2b95"  # symbols, box drawing, Braille
    "\u3000-\u3029\u3030-\u303f\u3041-\u3096\u309b-\u30ff\u3105-\u312f"  # kana, Bopomofo
    "\u3220-\ua48c\uac00-\ud7a3\uf900-\ufa6d"  # Han, Hangul
    "\uff01-\uff9f\uffe0-\uffe6"  # full and half width
    "\U0001f300-\U0001f3fa\U0001f400-\U0001f6d7\U0001f90c-\U0001fa53\U00020000-\U0002a6df"  # emoji, Han
)
_ODD: Final = re.compile(f"[^{_PLAIN}]+")

# Letters, symbols and marks by their category, and nothing at all on the screen.
_BLANK: Final = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x2D7F, 0x3164),
        *(*range(0xFE00, 0xFE10), 0xFFA0, 0x16FE4, 0x1D159, *range(0xE0100, 0xE01F0)),
    ]
)
# Drawn into the cell before them though no marks: vowels and finals of spelled-out Hangul, skin tones.
_SKIN: Final = frozenset(range(0x1F3FB, 0x1F400))
_RIDERS: Final = frozenset([*range(0x1160, 0x1200), *range(0xD7B0, 0xD7FC), *_SKIN])
# Wide since Unicode 16; the tables of an older Python still call them narrow.
_WIDE: Final = frozenset(
    [
        *(*range(0x2630, 0x2638), *range(0x268A, 0x2690), *range(0x4DC0, 0x4E00)),
        *(*range(0x1D300, 0x1D357), *range(0x1D360, 0x1D377)),
    ]
)

# Two cells in tmux 3.3a, one elsewhere: numbers in circles on squares, tone marks of Hangul, reading marks.
_TWO: Final = frozenset([*range(0x3248, 0x3250), 0x302E, 0x302F, 0x16FF0, 0x16FF1])

# Not compiled at import: few texts need it.
_EMOJI_STYLE: Final = (
    "(?<=[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff])\ufe0f|(?<=[#*0-9])\ufe0f(?=\u20e3)"
)

_T = TypeVar("_T")


class _Answers(dict[str, _T]):
    """What a rule says about each character, remembered for the few thousand characters that are in use."""

    SIZE: Final = 8192

    def __init__(self, rule: Callable[[str], _T]) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, character: str) -> _T:
        # A hostile text can hold every character there is; the memory it can take is bounded here.
        if len(self) >= self.SIZE:
            self.clear()
        answer = self[character] = self._rule(character)
        return answer


def _sign(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"


def _look(character: str) -> str:
    """Return how a character is shown: as itself, as a sign, or as "" if it needs a character under it."""
    kind = category(character)
    if (kind[0] in "CZ" and character not in " \u3000") or ord(character) in _BLANK:
        return _sign(character)
    return "" if kind[0] == "M" or ord(character) in _RIDERS else character


def _width(character: str) -> int:
    kind, code = category(character), ord(character)
    if code in _TWO or code in _SKIN:
        return 2
    if kind in ("Mn", "Me", "Cc", "Cf", "Zl", "Zp") or code in _RIDERS:
        return 0
    return 2 if kind != "Mc" and (east_asian_width(character) in "WF" or code in _WIDE) else 1


def _disputed(character: str) -> bool:
    code = ord(character)
    return category(character) == "Mc" or code in _TWO or code in _SKIN or code in _WIDE


_LOOKS: Final = _Answers(_look)
_WIDTHS: Final = _Answers(_width)
_DISPUTED: Final = _Answers(_disputed)
# Those of them that are in `_PLAIN`, where no character is looked at one by one.
_PLAIN_DISPUTED: Final = re.compile("[\u2630-\u2637\u268a-\u268f\u3248-\u324f\u4dc0-\u4dff]")


def _show(odd: re.Match[str]) -> str:
    """Replace a run of characters outside `_PLAIN` by what is shown for them."""
    start = odd.start()
    room = MARKS_IN_A_ROW if start and odd.string[start - 1] not in "\n\t" else 0
    shown: list[str] = []
    for character in odd.group():
        look = _LOOKS[character]
        if look == character:
            room = MARKS_IN_A_ROW
        elif look:
            room = 0
        elif room:
            look, room = character, room - 1
        else:
            look = _sign(character)
        shown.append(look)
    return "".join(shown)


def visible(text: Untrusted | str) -> str:
    """Return the text with everything that could act on a terminal, or hide, turned into visible signs.

    Newline and tab stay; a tab is the widget's to expand. The result encodes in UTF-8, and making it
    visible again changes nothing. Clean text comes back as the same object.
    """
    raw = text if isinstance(text, str) else text.raw
    if _ODD.search(raw) is None:
        return raw
    if "\ufe0f" in raw:
        raw = re.sub(_EMOJI_STYLE, "", raw)
    return _ODD.sub(_show, raw)


def visible_line(text: Untrusted | str, limit: int | None = None) -> str:
    """Return the text as one visible line: as `visible` does, with newline and tab shown as well.

    With `limit` the line takes at most that many terminal cells, and ends in an ellipsis if anything was
    cut; the time this takes depends on the limit, not on the length of the text. A sign such as `<U+202E>`
    is cut like any other text.
    """
    raw = text if isinstance(text, str) else text.raw
    if limit is None:
        return visible(raw).replace("\n", "\u240a").replace("\t", "\u2409")
    # One cell takes at most one character, the marks on it, and an emoji selector that is left out.
    longest = (limit + 1) * (MARKS_IN_A_ROW + 2)
    line = visible(raw[:longest]).replace("\n", "\u240a").replace("\t", "\u2409")
    if len(raw) <= longest and cells(line) <= limit:
        return line
    return _cut(line, limit - 1) + _ELLIPSIS if limit > 0 else ""


def _cut(line: str, room: int) -> str:
    if line.isascii():
        return line[:room]
    for at, character in enumerate(line):
        room -= _WIDTHS[character]
        if room < 0:
            return line[: breakable(line, at)]
    return line


def breakable(line: str, at: int) -> int:
    """Return the last place up to `at` where a visible line can be broken, so that no mark loses its character."""
    while 0 < at < len(line) and not _LOOKS[line[at]]:
        at -= 1
    return at


def unsure(text: str) -> bool:
    """Return whether the text holds a character to which terminals give different numbers of cells."""
    if text.isascii():
        return False
    if _PLAIN_DISPUTED.search(text):
        return True
    return any(_DISPUTED[character] for odd in _ODD.finditer(text) for character in odd.group())


def cells(text: str) -> int:
    """Return how many terminal cells the text takes at most, adding up its characters one by one.

    Controls, format characters and marks take none, East Asian wide characters and emoji two, the rest one. Where
    terminals disagree (:func:`unsure`) the largest number counts: Rich and Textual may take the text for narrower.
    """
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_WIDTHS.__getitem__, text))


def strip_terminal(text: str) -> str:
    """Return the text without what `visible_line` would show, taking as many cells as before.

    This is the second net, for pieces of a line right before the terminal, which should long be visible.
    What takes no cell is dropped, newline and tab too; what takes cells and shows nothing becomes spaces.
    A combining mark at the start stays, since its character may be in the piece before.
    """
    if _ODD.search(text) is not None:
        text = _ODD.sub(_strip, text)
    return text.replace("\n", "").replace("\t", "")


def _strip(odd: re.Match[str]) -> str:
    kept: list[str] = []
    room = MARKS_IN_A_ROW
    for character in odd.group():
        look = _LOOKS[character]
        if look == character:
            room = MARKS_IN_A_ROW
        elif look or not room:
            look = " " * _WIDTHS[character]
        else:
            look, room = character, room - 1
        kept.append(look)
    return "".join(kept)


def encodable(text: str) -> str:
    """Return the text with each lone surrogate replaced by U+FFFD, so that it can be encoded in UTF-8.

    Models write half of a surrogate pair into their JSON, and Python hands it on. Used where text comes in,
    before it is hashed, sent or stored. A pair left in two halves becomes the character it stands for.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


@final
@total_ordering
class Untrusted:
    """Text that somebody else wrote: immutable, hashable, and safe to put into an f-string.

    `.raw` is the exact text, for storing, hashing and deciding. `str(text)`, `format(text)` and so every
    f-string give the visible form. It is deliberately no `str`: a sink that wants one has to say which of
    the two it means. Equal to the plain `str` with the same raw text, so that tables of names can be asked;
    length, truth, hash and order are those of the raw text too.

    As the type of a pydantic field it takes a `str` or an `Untrusted` and is written as the raw `str`.
    """

    __slots__ = ("_raw",)
    _raw: str

    def __init__(self, raw: str) -> None:
        object.__setattr__(self, "_raw", raw)

    @property
    def raw(self) -> str:
        """The exact text."""
        return self._raw

    def __str__(self) -> str:
        return visible(self._raw)

    def __format__(self, spec: str) -> str:
        return format(visible(self._raw), spec)

    def __repr__(self) -> str:
        return f"Untrusted({visible_line(self._raw, 200)!r})"

    def __len__(self) -> int:
        return len(self._raw)

    def __bool__(self) -> bool:
        return bool(self._raw)

    def __hash__(self) -> int:
        return hash(self._raw)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Untrusted):
            return self._raw == other._raw
        return self._raw == other if isinstance(other, str) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._raw < other._raw if isinstance(other, Untrusted) else NotImplemented

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"untrusted text is immutable, {name!r} cannot be set; make a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"untrusted text is immutable, {name!r} cannot be deleted")

    def __reduce__(self) -> tuple[type[Untrusted], tuple[str]]:
        return Untrusted, (self._raw,)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        """Describe the field to pydantic, which is imported here so that showing text does not load it."""
        from pydantic_core import core_schema

        text = core_schema.no_info_after_validator_function(cls, core_schema.str_schema(strict=True))
        return core_schema.json_or_python_schema(
            json_schema=text,
            python_schema=core_schema.union_schema(
                [text, core_schema.is_instance_schema(cls)], mode="left_to_right"
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _raw_of, return_schema=core_schema.str_schema()
            ),
        )


def _raw_of(text: Untrusted) -> str:
    return text.raw
