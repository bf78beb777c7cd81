"""Where a copy goes, and that nobody says more of it than is so: real tmux servers, a real terminal, a real file."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock_console import copying
from interlock_console.copying import MOST, TERMINAL_MOST, Went, put

Environ = dict[str, str]

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")


@pytest.fixture
def environ(tmp_path: Path) -> Environ:
    """Return the environment of a console outside of tmux, with a state folder of its own."""
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "TERM": "xterm-256color"}


@pytest.fixture
def tmux(environ: Environ, tmp_path: Path) -> Iterator[Environ]:
    """Run a tmux server on a socket of its own, and return the environment of a console inside of it."""
    socket = tmp_path / "s"
    base = ["tmux", "-S", str(socket), "-f", "/dev/null"]
    subprocess.run([*base, "new-session", "-d", "sleep 600"], env=environ, check=True)
    pid = subprocess.run(
        [*base, "display", "-p", "#{pid}"], env=environ, check=True, capture_output=True, text=True
    )
    try:
        yield {**environ, "TMUX": f"{socket},{pid.stdout.strip()},0"}
    finally:
        subprocess.run([*base, "kill-server"], env=environ, check=False, capture_output=True)


def _tmux(environ: Environ, *words: str) -> str:
    done = subprocess.run(["tmux", *words], env=environ, check=True, capture_output=True, text=True)
    return done.stdout


def _file(environ: Environ) -> Path:
    return Path(environ["HOME"]) / ".local" / "state" / "interlock" / "copied.txt"


def _copied(text: str, environ: Environ, *, terminal: bool = True) -> tuple[str, str, list[str]]:
    """Copy, and return the sentence, its tone, and what the terminal was asked to take."""
    asked: list[str] = []
    heard: list[tuple[str, str]] = []

    def ask(shown: str) -> bool:
        asked.append(shown)
        return terminal

    copying.start(text, ask, lambda said, tone: heard.append((said, tone)), environ)
    for thread in [found for found in threading.enumerate() if found.name == "interlock copy"]:
        thread.join(60)
    ((said, tone),) = heard
    return said, tone, asked


def test_outside_of_tmux_there_is_a_file_and_the_terminal_was_asked(environ: Environ) -> None:
    """The file is private and holds the text; the terminal is asked, and nobody says that it took it."""
    said, tone, asked = _copied("one\ntwo", environ)
    assert said == (
        "copied 7 characters in 2 lines: file ~/.local/state/interlock/copied.txt; "
        "the terminal was asked too (OSC 52), it does not answer"
    )
    assert (tone, asked) == ("text", ["one\ntwo"])
    assert _file(environ).read_text() == "one\ntwo"
    assert stat.S_IMODE(_file(environ).stat().st_mode) == 0o600
    assert stat.S_IMODE(_file(environ).parent.stat().st_mode) == 0o700


def test_a_second_copy_takes_the_place_of_the_first(environ: Environ) -> None:
    """The file holds the newest copy only, private whatever was there."""
    _copied("first and longer", environ)
    _file(environ).chmod(0o644)
    _copied("second", environ)
    assert _file(environ).read_text() == "second"
    assert stat.S_IMODE(_file(environ).stat().st_mode) == 0o600
    assert [path.name for path in _file(environ).parent.iterdir()] == ["copied.txt"]


def test_without_a_file_nothing_is_called_copied(environ: Environ) -> None:
    """Where no file can be written, a terminal that was asked is no copy; without one there is nothing at all."""
    (Path(environ["HOME"]) / ".local").write_text("in the way")
    said, tone, _ = _copied("text", environ)
    assert said.startswith("not known to be copied (4 characters); no file: ")
    assert said.endswith("the terminal was asked too (OSC 52), it does not answer")
    assert tone == "fault"
    said, tone, _ = _copied("text", environ, terminal=False)
    assert said.startswith("not known to be copied (4 characters); no file: ")
    assert put("text", "", environ).at == ()
    assert str(Went(4, 1)) == "nothing copied (4 characters)"


@needs_tmux
@pytest.mark.parametrize(("setting", "asked"), [("on", True), ("external", True), ("off", False)])
def test_in_tmux_its_buffer_has_it_whatever_set_clipboard_says(
    tmux: Environ, setting: str, asked: bool
) -> None:
    """The buffer is loaded directly; whether tmux may ask its own terminal is the site's setting, and is said."""
    _tmux(tmux, "set", "-s", "set-clipboard", setting)
    said, tone, terminal = _copied("refund A-1009\nnow", tmux)
    assert _tmux(tmux, "show-buffer") == "refund A-1009\nnow"
    assert said.startswith(
        "copied 17 characters in 2 lines: tmux buffer and file ~/.local/state/interlock/copied.txt; "
    )
    assert (f"tmux asked its terminal too (set-clipboard {setting})" in said) == asked
    assert ("the terminal was not asked: set-clipboard is off" in said) == (not asked)
    assert (tone, terminal) == ("text", [])


@needs_tmux
def test_a_tmux_that_does_not_answer_is_no_copy(tmux: Environ) -> None:
    """A dead server is said; the file is the copy then, and without it there is none."""
    _tmux(tmux, "kill-server")
    said, tone, _ = _copied("text", tmux)
    assert said.startswith(
        "copied 4 characters: file ~/.local/state/interlock/copied.txt; no buffer of tmux: "
    )
    assert tone == "held"
    _file(tmux).unlink()
    _file(tmux).parent.rmdir()
    _file(tmux).parent.write_text("in the way")
    said, tone, _ = _copied("text", tmux)
    assert said.startswith("nothing copied (4 characters); no buffer of tmux: ")
    assert "no file: " in said
    assert tone == "fault"


def test_what_is_too_long_is_refused_or_not_asked_for(environ: Environ) -> None:
    """Past what terminals take only the file has it; past what a copy is for there is none, in words."""
    said, _, asked = _copied("x" * (TERMINAL_MOST + 1), environ)
    assert said.startswith("copied 74,995 characters: file ")
    assert "the terminal was not asked: 74,995 bytes are more than terminals take" in said
    assert asked == []
    said, tone, _ = _copied("x" * (MOST + 1), environ)
    assert said == "nothing copied: 1,000,001 characters are more than 1,000,000; w saves them"
    assert tone == "fault"
    assert _copied(" \n", environ)[0] == "nothing to copy here"


def test_what_is_copied_can_act_nowhere(environ: Environ) -> None:
    """Whatever a view hands over, only the visible form of it leaves."""
    _, _, asked = _copied("a\x1b]52;c;x\x07b\u202ec\rd", environ)
    assert asked == ["a\u241b]52;c;x\u2407b<U+202E>c\u240dd"]
    assert _file(environ).read_text() == asked[0]


@pytest.mark.parametrize(("name", "value"), [("STY", "1.pts"), ("TERM", "screen-256color"), ("TERM", "tmux")])
def test_a_multiplexer_on_the_way_is_named(environ: Environ, name: str, value: str) -> None:
    """Where screen or a tmux elsewhere stands between, the sentence says that it may drop the question."""
    said, _, _ = _copied("text", {**environ, name: value})
    assert "drop" in said.rpartition("does not answer")[2]
