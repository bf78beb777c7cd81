"""What leaves the console by c, w and o: through a real terminal, into real files and a real pager."""

from __future__ import annotations

import base64
import json
import re
import stat
import sys
from pathlib import Path

import pytest

from interlock.errors import ConfigError
from interlock_console import pager, saving
from interlock_console.private import fresh
from tests.hostile.oracle import forbidden_in_terminal
from tests.hostile.session import record

_CLIPBOARD = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
_PAGER = 'sh -c \'cat > "$0"; printf %s "$LESSSECURE $LESS" > "$0.env"; exit 3\' '


def test_a_run_full_of_hostile_text_is_copied_saved_and_paged_without_any_of_it_acting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The terminal gets one copy in base64 and else what any screen writes; file and pager get visible text."""
    paged = tmp_path / "paged"
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("PAGER", f"{_PAGER}{paged}")
    monkeypatch.setenv("LESS", "-iR")
    names = ["osc_clipboard_st", "clear_screen", "c1_csi", "right_to_left_override"]
    raw = record([sys.executable, "-m", "tests.console.sink_session", "taken", *names], columns=160, rows=45)
    assert forbidden_in_terminal(raw, also={"clipboard"}) == []
    (copied,) = (base64.b64decode(found).decode() for found in _CLIPBOARD.findall(raw))
    assert (tmp_path / "interlock" / "copied.txt").read_text() == copied
    text, exact = sorted(
        (tmp_path / "interlock" / "saved").iterdir(), key=lambda path: path.suffix, reverse=True
    )
    assert (text.suffix, exact.suffix) == (".txt", ".json")
    for shown in (copied, text.read_text(), paged.read_text()):
        assert "\u241b" in shown
        assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown) == []
    assert json.loads(exact.read_bytes())["view"] == "run"
    assert exact.read_bytes().isascii()
    assert (tmp_path / "paged.env").read_text() == "1 -i"
    assert "the pager sh ended with 3" in raw.decode()
    # The screen was given away and taken back, and painted anew.
    assert raw.count(b"\x1b[?1049h") == raw.count(b"\x1b[?1049l") == 2
    assert b"KIND" in raw[raw.rindex(b"\x1b[?1049h") :]


@pytest.mark.pure
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", []),
        ("less -R", ["less"]),
        ("less -FRX", ["less", "-FX"]),
        ("/usr/bin/less --RAW-CONTROL-CHARS -S", ["/usr/bin/less", "-S"]),
        ("less +G", ["less", "+G"]),
        ("most -R", ["most", "-R"]),
        ('a "b c"', ["a", "b c"]),
        ('a "b', []),
    ],
)
def test_the_pager_is_the_operators_without_what_passes_controls_on(given: str, words: list[str]) -> None:
    """The words of PAGER are used as they are, but for less's options that hand raw characters through."""
    assert pager.command({"PAGER": given}) == words


def test_saving_never_writes_over_a_file_and_keeps_it_private(tmp_path: Path) -> None:
    """The same view at the same second gets a number; both files are nobody else's to read."""
    environ = {"HOME": str(tmp_path)}
    said = [saving.save("run", "r-1/../x", ["a\x1bb"], {"x": "\x1b"}, 1e9, environ) for _ in range(2)]
    folder = tmp_path / ".local" / "state" / "interlock" / "saved"
    names = sorted(path.name for path in folder.iterdir())
    stem = saving.stem("run", "r-1/../x", 1e9)
    assert re.fullmatch(r"run-r-1-x-\d{8}-\d{6}", stem)
    assert names == [f"{stem}-2.json", f"{stem}-2.txt", f"{stem}.json", f"{stem}.txt"]
    assert said[0].startswith(f"saved ~/.local/state/interlock/saved/{stem}.txt and {stem}.json (")
    assert f"{stem}-2.txt" in said[1]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert (folder / f"{stem}.txt").read_text() == "a\u241bb\n"
    assert json.loads((folder / f"{stem}.json").read_text())["shown"] == {"x": "\x1b"}


def test_a_file_that_cannot_be_written_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    """A name that is taken a hundred times, or a text with half a character, is an error and not half a file."""
    for _ in range(100):
        fresh(tmp_path, "a", ".txt", "")
    with pytest.raises(ConfigError, match="a hundred files"):
        fresh(tmp_path, "a", ".txt", "")
    with pytest.raises(UnicodeEncodeError):
        fresh(tmp_path, "b", ".txt", "x\ud800")
    assert not (tmp_path / "b.txt").exists()
