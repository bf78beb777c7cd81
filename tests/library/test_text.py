"""What untrusted text looks like once it is made visible, character by character and for any text."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError
from rich.cells import get_character_cell_size

from interlock.text import (
    MARKS_IN_A_ROW,
    Untrusted,
    breakable,
    cells,
    encodable,
    strip_terminal,
    unsure,
    visible,
    visible_line,
)
from tests.support.cases import each

pytestmark = pytest.mark.pure

# Kept apart from the tables in the module: what Unicode calls ignorable, and what is drawn as nothing.
IGNORABLE = {
    *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, *range(0xFE00, 0xFE10), 0xFFA0),
    *range(0xE0000, 0xE1000),
}
HIDDEN = IGNORABLE | {0x2800, 0x2D7F, 0x16FE4, 0x1D159}  # the latter are drawn as nothing


def _every() -> list[str]:
    return [chr(code) for code in range(0x110000)]


def _some() -> list[str]:
    """Return all characters but the middle of long rows of which Unicode says one thing; there, one in 97."""
    some: set[int] = set()
    begin, kind = 0, _kind(0)
    # Between these planes and behind them all is empty or private use.
    for code in [*range(1, 0x32400), *range(0xE0000, 0xE1001), 0x110000]:
        if code == 0x110000 or (found := _kind(code)) != kind:
            some |= {*range(begin, min(begin + 16, code)), *range(max(code - 16, begin), code)}
            some.update(range(begin, code, 97 if code - begin < 100_000 else 997))
            begin, kind = code, found
    around = {near for code in HIDDEN for near in (code - 1, code, code + 1)}
    return [chr(code) for code in sorted(some | around)]


def _kind(code: int) -> tuple[str, str, int]:
    character = chr(code)
    return (
        unicodedata.category(character),
        unicodedata.east_asian_width(character),
        unicodedata.combining(character),
    )


@pytest.fixture(scope="module", params=[_some, pytest.param(_every, marks=pytest.mark.rig)])
def characters(request: pytest.FixtureRequest) -> list[str]:
    """Return the characters that are looked at one by one."""
    made: list[str] = request.param()
    return made


FRAGMENTS = st.sampled_from(
    [
        *(
            "\x1b[",
            "\x1b]52;c;",
            "\x1bP",
            "\x1b\\",
            "\x07",
            "\x9b",
            "\x9d",
            "31m",
            "2J",
            ";",
            "0",
            "\r",
            "\n",
            "\t",
        ),
        *("\u202e", "\u2066", "\u200b", "\u200d", "\ufe0f", "\u0301", "\u20e3", "\ud800", "\udc00", "\u3164"),
        *("\u26a0", "1", "\U0001f469", "\U0001f3fd", "\u1100", "\u1161", "\u6f22", "a", "refund", " ", "[/]"),
    ]
)
ANY_TEXT = st.one_of(st.text(st.characters()), st.lists(FRAGMENTS, max_size=60).map("".join))


def _sign(character: str) -> str:
    return f"<U+{ord(character):04X}>"


def _alone(texts: Iterable[str]) -> list[str]:
    """Return what each text looks like at the beginning of a line of its own. None holds a newline."""
    return visible("\n".join(texts)).split("\n")


def _riding(characters: list[str]) -> list[str]:
    """Return those that stay as they are behind a letter."""
    behind = ["a" + character for character in characters if character != "\n"]
    return [text[1:] for text, shown in zip(behind, _alone(behind), strict=True) if text == shown]


@each(
    [
        ("\x1b[31m", "\u241b[31m"),
        ("\x00\x07\x08\x0b\x0c\r\x0e\x0f", "\u2400\u2407\u2408\u240b\u240c\u240d\u240e\u240f"),
        ("a\x7fb", "a\u2421b"),
        ("\x80\x9b\x9d", "<U+0080><U+009B><U+009D>"),
        ("one\n\ttwo", "one\n\ttwo"),
        ("one\r\n", "one\u240d\n"),
        ("a\u202eb\u2066c\u2069", "a<U+202E>b<U+2066>c<U+2069>"),
        ("\u200b\u200c\u200e\u200f\u061c\ufeff", "<U+200B><U+200C><U+200E><U+200F><U+061C><U+FEFF>"),
        ("\u2028\u2029", "<U+2028><U+2029>"),
        ("re\xadfund", "re<U+00AD>fund"),
        ("\U000e0041\U000e007f", "<U+E0041><U+E007F>"),
        ("\ud83d", "<U+D83D>"),
        ("\ue000\U0010fffd", "<U+E000><U+10FFFD>"),
        ("\u0378\uffff", "<U+0378><U+FFFF>"),
        ("\u115f\u1160\u3164\uffa0\u2800", "<U+115F><U+1160><U+3164><U+FFA0><U+2800>"),
        ("a\ufe0f\ufe00\U000e0100", "a<U+FE0F><U+FE00><U+E0100>"),
        ("rm\xa0-rf\u2003/\u202f", "rm<U+00A0>-rf<U+2003>/<U+202F>"),
        ("\u6ce8\u6587\u3000\u8fd4", "\u6ce8\u6587\u3000\u8fd4"),
        ("\u26a0\ufe0f 1\ufe0f\u20e3", "\u26a0 1\u20e3"),
        ("\u26a0\ufe0f\ufe0f 1\ufe0f", "\u26a0<U+FE0F> 1<U+FE0F>"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469<U+200D>\U0001f4bb"),
        ("\U0001f44d\U0001f3fd", "\U0001f44d\U0001f3fd"),
        ("\u0338no", "<U+0338>no"),
        ("\n\u0338no", "\n<U+0338>no"),
        ("\u202e\u0338", "<U+202E><U+0338>"),
        ("e" + "\u0301" * 8, "e" + "\u0301" * 6 + "<U+0301><U+0301>"),
        ("<U+202E>", "<U+202E>"),
        ("", ""),
    ],
)
def test_each_kind_of_character_is_shown_as_the_table_says(text: str, shown: str) -> None:
    """Every class of hidden or acting character has the sign that the module's table gives it."""
    assert visible(text) == shown


def test_what_passes_alone_is_exactly_what_prints(characters: list[str]) -> None:
    """Of all characters, those that stay as they are alone are letters, numbers, signs and two spaces."""
    characters = [character for character in characters if character != "\n"]
    passed = {c for c, shown in zip(characters, _alone(characters), strict=True) if c == shown}
    printable = {
        character
        for character in characters
        if (unicodedata.category(character)[0] in "LNPS" or character in " \u3000\t")
        and ord(character) not in HIDDEN
    }
    riders = {character for character in printable if get_character_cell_size(character) == 0} - {"\t"}
    assert passed == printable - riders


def test_a_mark_stays_on_its_character(characters: list[str]) -> None:
    """A combining mark on a letter stays, unless Unicode says that it is never drawn."""
    marks = [character for character in characters if unicodedata.category(character)[0] == "M"]
    shown = set(marks) - set(_riding(marks))
    assert {ord(mark) for mark in shown} == {ord(mark) for mark in marks if ord(mark) in HIDDEN}
    assert all(visible("a" + mark) == "a" + _sign(mark) for mark in shown)


def test_the_measure_is_the_one_the_console_draws_with(characters: list[str]) -> None:
    """For every character that may be drawn, `cells` and Rich agree on its width, or `unsure` says that none is."""
    drawn = _riding(characters)
    assert [c for c in drawn if not unsure(c) and cells(c) != get_character_cell_size(c)] == []
    assert [c for c in drawn if unsure(c) and cells(c) < get_character_cell_size(c)] == []


def test_spacing_marks_and_skin_tones_are_what_terminals_disagree_about(characters: list[str]) -> None:
    """Each takes the most cells that any terminal gives it; letters, and marks that take none, are sure."""
    assert {c for c in characters if unicodedata.category(c) == "Mc"} <= set(filter(unsure, characters))
    assert not any(unsure(c) for c in characters if unicodedata.category(c)[0] in "LZC")
    assert cells("\u0915\u093e\u093e") == 3
    assert cells("\U0001f44d\U0001f3fd") == 4
    assert cells("\u302e\u3248") == 4
    assert not unsure("\u0928\u0947 e\u0301 \u6f22 \U0001f44d")


@given(ANY_TEXT, st.integers(min_value=0, max_value=30))
@example("a" + "\u093e" * 9, 4)
def test_a_line_broken_where_it_may_be_stays_as_it_is(text: str, at: int) -> None:
    """Both parts of a visible line are visible as they are: no mark begins one, none becomes a sign."""
    line = visible_line(text)
    place = breakable(line, min(at, len(line)))
    assert visible_line(line[:place]) + visible_line(line[place:]) == line


@given(ANY_TEXT)
@example("\ufe0f\u200d\u26a0\ufe0f\ufe0f")
def test_making_visible_twice_changes_nothing(text: str) -> None:
    """What was made visible once is not changed by making it visible again, in a block or in a line."""
    assert visible(visible(text)) == visible(text)
    assert visible_line(visible_line(text)) == visible_line(text)


@given(ANY_TEXT)
def test_nothing_hidden_or_acting_is_left(text: str) -> None:
    """A visible line holds no control, format, private, unassigned, surrogate or separator character."""
    for line in (visible_line(text), visible_line(text, 20), visible(text).translate({9: None, 10: None})):
        assert {unicodedata.category(character) for character in line}.isdisjoint(
            {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}
        )
        assert {ord(character) for character in line}.isdisjoint(HIDDEN)
        line.encode()


@given(ANY_TEXT)
def test_no_printable_word_gets_lost(text: str) -> None:
    """All printable ASCII of a text is still there, in its order."""
    shown = iter(visible(text))
    assert all(character in shown for character in text if " " <= character <= "~")


@given(ANY_TEXT, ANY_TEXT)
def test_cells_add_up(one: str, other: str) -> None:
    """The width of two texts together is the sum of their widths."""
    assert cells(one + other) == cells(one) + cells(other)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("refund", 6),
        ("", 0),
        ("\u6f22\u5b57", 4),
        ("e\u0301", 1),
        ("\u2705", 2),
        ("\u26a0", 1),
        ("\t\n\x1b", 0),
    ],
)
def test_a_text_takes_so_many_cells(text: str, width: int) -> None:
    """Wide characters take two cells, marks and controls none, the rest one."""
    assert cells(text) == width


@given(ANY_TEXT, st.integers(min_value=0, max_value=40))
@example("1\ufe0f\u20e3" + "\u0301" * 5, 1)
@example(("\u26a0\ufe0f" + "\u0301" * 6) * 9, 8)
def test_a_cut_line_fits_and_says_so(text: str, limit: int) -> None:
    """A line with a limit fits into it, begins as the whole line does, and says so if it was cut."""
    whole, line = visible_line(text), visible_line(text, limit)
    assert cells(line) <= limit
    if cells(whole) <= limit:
        assert line == whole
    elif limit:
        assert line.endswith("\u2026")
        assert whole.startswith(line[:-1])


def test_a_cut_never_splits_a_character_from_its_marks() -> None:
    """The last character before the ellipsis keeps the marks that sit on it, and a wide one is not halved."""
    assert visible_line("re\u0301fund", 3) == "re\u0301\u2026"
    assert visible_line("\u6f22\u5b57\u6f22", 4) == "\u6f22\u2026"
    assert visible_line("refund", 0) == visible_line("refund", -3) == ""


@given(ANY_TEXT)
def test_the_second_net_leaves_the_width_and_nothing_else(text: str) -> None:
    """What the second net returns is visible once its marks have a character, and as wide as before."""
    kept = strip_terminal(text)
    assert cells(kept) == cells(text)
    assert visible_line("a" + kept) == "a" + kept


@given(ANY_TEXT)
def test_the_second_net_does_not_touch_what_is_visible(text: str) -> None:
    """Text that went through the first net passes the second unchanged."""
    assert strip_terminal(visible_line(text)) == visible_line(text)


def test_the_second_net_drops_what_has_no_width_and_blanks_the_rest() -> None:
    """Controls, bidi and zero width characters go; an odd space becomes a plain one; a leading mark stays."""
    assert strip_terminal("a\x1b[2J\nb\t\u202e\u200bc\x9b\u2028") == "a[2Jbc"
    assert strip_terminal("rm\xa0-rf\u2800") == "rm -rf "
    assert strip_terminal("\u0301a" + "\u0301" * 9) == "\u0301a" + "\u0301" * MARKS_IN_A_ROW


@given(st.text(st.characters()))
def test_an_encodable_text_encodes(text: str) -> None:
    """Any text becomes one that encodes, and one that already did comes back unchanged."""
    encodable(text).encode()
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert encodable(text) is text


def test_a_surrogate_is_replaced_and_a_pair_is_joined() -> None:
    """A lone surrogate becomes U+FFFD, two halves of a pair become their character."""
    assert encodable("a\ud83d b\ude00") == "a\ufffd b\ufffd"
    assert encodable("\ud83d\ude00") == "\U0001f600"


def test_hostile_text_cannot_fill_the_memory(characters: list[str]) -> None:
    """A text of all characters there are leaves no more than a few thousand of them remembered."""
    from interlock import text as module

    visible_line("".join(characters[0x80:]))
    cells("".join(characters))
    assert len(module._LOOKS) <= module._LOOKS.SIZE
    assert len(module._WIDTHS) <= module._WIDTHS.SIZE


def test_an_untrusted_text_is_safe_in_every_string() -> None:
    """`str`, `format`, f-strings, `%s` and `repr` give the visible form; only `.raw` the exact text."""
    text = Untrusted("ok\x1b[2J\u202e")
    assert text.raw == "ok\x1b[2J\u202e"
    assert str(text) == f"{text}" == format(text) == "%s" % text == "ok\u241b[2J<U+202E>"  # noqa: UP031
    assert repr(text) == "Untrusted('ok\u241b[2J<U+202E>')"
    assert f"{Untrusted('ab'):>4}" == "  ab"
    assert "\n" not in repr(Untrusted("one\ntwo"))
    assert len(repr(Untrusted("a" * 10_000))) < 300


def test_an_untrusted_text_compares_by_its_raw_text() -> None:
    """Equality, hash, order, length and truth are those of the raw text, and a plain str is equal to it."""
    one, same, other = Untrusted("a\x00"), Untrusted("a\x00"), Untrusted("b")
    assert one == same == "a\x00"
    assert hash(one) == hash(same) == hash("a\x00")
    assert one != other
    assert one != 3
    table: dict[object, int] = {one: 1}
    assert table["a\x00"] == 1
    assert sorted([other, one]) == [one, other]
    assert one <= same < other > one
    assert (len(one), bool(one), bool(Untrusted(""))) == (2, True, False)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda text: pickle.loads(pickle.dumps(text))])
def test_an_untrusted_text_can_be_copied_and_not_changed(copied: Callable[[Untrusted], Untrusted]) -> None:
    """Copies and pickles are equal to their original; no attribute can be set, added or deleted."""
    text = Untrusted("a")
    assert copied(text) == text
    with pytest.raises(AttributeError, match="immutable"):
        text._raw = "b"
    with pytest.raises(AttributeError, match="immutable"):
        del text._raw
    assert not hasattr(text, "__dict__")


def test_an_untrusted_text_is_no_str() -> None:
    """It cannot be joined or written as if it were a str: who wants one has to choose the form."""
    text: object = Untrusted("a")
    assert not isinstance(text, str)
    with pytest.raises(TypeError):
        str.join(", ", ["b", text])  # type: ignore[list-item]


class Named(BaseModel):
    """A model with an untrusted field, as events and orders have them."""

    model_config = ConfigDict(frozen=True)

    name: Untrusted
    note: Untrusted | None = None


def test_a_model_takes_a_str_and_writes_the_raw_text() -> None:
    """A field takes a str or an untrusted text, and gives the raw str back in Python and in JSON."""
    for model in (Named(name=Untrusted("a\x1b")), Named.model_validate({"name": "a\x1b"})):
        assert isinstance(model.name, Untrusted)
        assert model.model_dump() == {"name": "a\x1b", "note": None}
        assert type(model.model_dump()["name"]) is str
        assert Named.model_validate_json(model.model_dump_json()) == model
        assert hash(model) == hash(Named.model_validate({"name": "a\x1b"}))
    assert Named.model_json_schema()["properties"]["name"]["type"] == "string"
    assert Named.model_json_schema(mode="serialization")["properties"]["name"]["type"] == "string"


@pytest.mark.parametrize("value", [b"bytes", 3, None, ["a"]])
def test_a_model_takes_nothing_else(value: object) -> None:
    """Bytes, numbers, nothing and lists are refused, not turned into text."""
    with pytest.raises(ValidationError):
        Named.model_validate({"name": value})


def test_showing_text_does_not_load_pydantic() -> None:
    """Importing the module leaves pydantic alone, since one-shot commands import it too."""
    code = "import sys, interlock.text; sys.exit(any(name.startswith('pydantic') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0
