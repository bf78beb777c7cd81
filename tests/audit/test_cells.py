"""L8: one action is one record of a CSV file, and no text in it is a formula, splits a record or forges one."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interlock.audit.cells import row
from interlock.audit.export import encode

pytestmark = pytest.mark.pure

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =cmd|'/c calc'!A0", "\n=1", "\x1b=1")


def _read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_a_quote_mark(text: str) -> None:
    """What a spreadsheet would compute begins with a quote mark, so that it shows it; blanks in front do not help."""
    ((first, second),) = _read(row([text, "plain"]))
    assert first.lstrip(" \n").startswith(("'", "␛"))
    assert second == "plain"


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_every_row_is_one_record(cells: list[str]) -> None:
    """Whatever is in its cells, one row is read back as one record of as many cells, and none begins a formula."""
    ((*read,),) = _read(row(cells))
    assert len(read) == len(cells)
    assert not [cell for cell in read if cell[:1] in tuple("=+-@\t\r")]


@given(st.text())
@example("one\r\ntwo\u2028three\x85four")
def test_every_line_of_an_export_is_one_line(text: str) -> None:
    """No text ends a line of JSON early."""
    line = encode({"entry": {"body": text}})
    assert line.endswith("\n")
    assert len(line.splitlines()) == 1
