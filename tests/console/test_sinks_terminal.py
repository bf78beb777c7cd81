"""The whole console in a real terminal, with hostile texts everywhere, judged by the bytes it wrote."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.hostile.oracle import forbidden_in_lines, forbidden_in_terminal
from tests.hostile.payloads import ACTING, PAYLOADS
from tests.hostile.session import record

SMALL = (
    "clear_screen",
    "osc_clipboard_st",
    "osc_title_bel",
    "c1_csi",
    "right_to_left_override",
    "markup_closing",
)
"""One of each family, for the small form."""


def _session(mode: str, *names: str, columns: int = 160, rows: int = 45, timeout: float = 150.0) -> bytes:
    argv = [sys.executable, "-m", "tests.console.sink_session", mode, *names]
    return record(argv, columns=columns, rows=rows, timeout=timeout)


def test_the_console_without_its_net_writes_nothing_forbidden() -> None:
    """Every screen shows the payloads, and the first net alone keeps the terminal clean."""
    raw = _session("bare", *SMALL)
    assert forbidden_in_terminal(raw) == []
    text = raw.decode()
    for part in ("\u241b", "<U+202E>", "<U+009B>", "[/x]", "receipts", "KILL"):
        assert part in text


def test_a_crash_shows_no_variables_and_nothing_that_acts() -> None:
    """The traceback of the console's own error is visible text, without locals, and the exit code says it."""
    with pytest.raises(subprocess.CalledProcessError) as ended:
        _session("crash", "osc_clipboard_st")
    raw = ended.value.output
    assert ended.value.returncode == 1
    after = raw[raw.rindex(b"\x1b[?1049l") :]
    assert b"ValueError" in after
    assert b"s3cret-local" not in after.replace(b'secret_local = "s3cret-local"', b"")
    assert forbidden_in_terminal(raw) == []
    assert "\u241b]52;c;" in after.decode()


@pytest.mark.rig
@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_every_payload_through_every_screen(name: str) -> None:
    """The full matrix: each payload alone in every field of every screen, without the net."""
    assert forbidden_in_terminal(_session("bare", name)) == []


@pytest.mark.rig
@pytest.mark.parametrize("mode", ["bare", "net"])
@pytest.mark.parametrize("family", range(0, len(ACTING), 8))
def test_every_family_on_a_small_screen(family: int, mode: str) -> None:
    """At 80 by 24 the acting payloads in company, with the net and without it."""
    names = sorted(ACTING)[family : family + 8]
    assert forbidden_in_terminal(_session(mode, *names, columns=80, rows=24)) == []


def test_the_oracle_would_see_an_unfiltered_line() -> None:
    """The judge is not blind to what these sessions could write."""
    assert forbidden_in_terminal(b"\x1b[?1049h\x1b[1;1H\x1b[31m\x1b]0;x\x07\x1b[0m\x1b[?1049l") != []
    assert forbidden_in_lines(b"\x1b]0;x\x07") != []
