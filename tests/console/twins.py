"""A console in a tmux of its own, with the clipboard and passthrough on, and its screen cell by cell."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import interlock
from interlock.text import cells
from tests.console.twin_stage import FILL
from tests.support.hubs import GUARD

_COUNT = re.compile("[0-9.,k]+ characters")
_LETTERS = re.compile("(?<=exactly).*[0-9]+ characters")
_NARROW_IN_TMUX = re.compile("[\u2630-\u2637\u268a-\u268f]")

_PLAIN: tuple[str, ...] = ("49", "49")

Cell = tuple[str, tuple[str, ...]]
"""What is drawn in a cell, and how."""


@dataclass
class Pane:
    """A console in a pane. ``outer`` is every byte that tmux wrote to the terminal it is attached to."""

    socket: Path
    columns: int
    rows: int
    file: Path
    outer: bytearray = field(default_factory=bytearray)

    def tmux(self, *words: str) -> str:
        """Ask its server."""
        asked = ["tmux", "-u", "-S", str(self.socket), *words]
        return subprocess.run(asked, check=True, capture_output=True, text=True, timeout=GUARD).stdout

    def scene(self) -> str:
        """Wait until the next scene is painted, and return its name; empty once the console has ended."""
        until = time.monotonic() + 4 * GUARD
        while time.monotonic() < until:
            if self.file.exists():
                return self.file.read_text(encoding="utf-8")
            if self.tmux("display", "-p", "#{pane_dead}").strip() == "1":
                return ""
            time.sleep(0.02)
        raise TimeoutError(f"no scene came; the screen is\n{self.tmux('capture-pane', '-p')}")

    def go_on(self) -> None:
        """Let it go on to the next scene."""
        self.file.unlink()

    def grid(self) -> list[list[Cell]]:
        """Return the screen, line by line, cell by cell."""
        grid: list[list[Cell]] = []
        style = _PLAIN
        for line in self.tmux("capture-pane", "-peN").split("\n")[: self.rows]:
            cells, style = _line(line, style)
            grid.append([*cells, *[(" ", _PLAIN)] * (self.columns - len(cells))])
        return grid

    def outside(self) -> tuple[str, str, str, str]:
        """Return what no text may touch: the pane's title, the window's name, every buffer, the screen in use."""
        names = self.tmux("list-buffers", "-F", "#{buffer_name}").split()
        buffers = "\0".join(self.tmux("show-buffer", "-b", name) for name in names)
        state = "#{alternate_on} #{wrap_flag} #{scroll_region_upper} #{scroll_region_lower} #{insert_flag}"
        title, window = (self.tmux("display", "-p", what).strip() for what in ("#{pane_title}", "#W"))
        return title, window, buffers, self.tmux("display", "-p", state).strip()


def _line(line: str, style: tuple[str, ...]) -> tuple[list[Cell], tuple[str, ...]]:
    """Return the cells of a line that begins in this style, and the style it ends in."""
    found: list[Cell] = []
    for part in re.split(r"(\x1b\[[0-9;:]*m)", line):
        if part.startswith("\x1b["):
            style = _styled(style, part[2:-1])
            continue
        for character in part:
            _draw(found, character, style)
    return found, style


def _draw(found: list[Cell], character: str, style: tuple[str, ...]) -> None:
    width = 1 if _NARROW_IN_TMUX.match(character) else cells(character)
    if width:
        found += [(character, style), *[("", style)] * (width - 1)]
    elif found:
        found[-1] = (found[-1][0] + character, found[-1][1])


def _styled(style: tuple[str, ...], codes: str) -> tuple[str, ...]:
    """Return (ink, ground, other attributes) as they are after a sequence."""
    ink, ground, *more = style
    words = iter(re.split("[;:]", codes or "0"))
    for word in words:
        if word == "0":
            ink = ground = "49"
            more = []
        elif word in ("38", "48"):
            kind = next(words)
            colour = "-".join([kind, *(next(words) for _ in range(1 if kind == "5" else 3))])
            ink, ground = (colour, ground) if word == "38" else (ink, colour)
        elif re.fullmatch("3[0-79]|9[0-7]", word):
            ink = word.replace("39", "49")
        elif re.fullmatch("4[0-79]|10[0-7]", word):
            ground = word
        else:
            more = sorted({*more, word})
    return (ink, ground, *more)


def strangers(attacked: Sequence[Sequence[Cell]], plain: Sequence[Sequence[Cell]]) -> list[str]:
    """Return each place outside of the text's own cells where the two screens differ.

    Its own are the cells drawn with ``FILL`` on the plain screen, an ellipsis, and the one behind each of them. What is
    said of a text's length, and letter by letter of a name, differs with the text; what goes on in the same sentence
    behind a cut may stand up to three cells earlier, where the cut would have gone through a letter and its marks.
    """
    wrong: list[str] = []
    told = ""
    for y, (row, twin) in enumerate(zip(attacked, plain, strict=True)):
        if len(row) != len(twin):
            wrong.append(f"line {y} has {len(row)} cells, not {len(twin)}")
        before, told = told, "".join(drawn[:1] or " " for drawn, _ in twin)
        end = _COUNT.search(told) or _LETTERS.search(before)
        for x, (here, there) in enumerate(zip(row, twin, strict=False)):
            own = {twin[x][0], twin[max(0, x - 1)][0]} & {FILL, "\u2026"}
            behind = there in row[max(0, x - 3) : x] and "\u2026" in told[:x].rpartition("  ")[2]
            if here != there and not own and not behind and not (end and x >= end.start()):
                wrong.append(f"line {y} cell {x}: {here} where {there} should be")
    return wrong


@contextmanager
def pane(folder: Path, look: str, form: str, columns: int, rows: int) -> Iterator[Pane]:
    """Run the stage in a pane that a terminal of this size is attached to; at the end the server is gone."""
    folder.mkdir()
    made = Pane(folder / "tmux", columns, rows, folder / "scene")
    config = folder / "tmux.conf"
    config.write_text(
        "set -s set-clipboard on\nset -g allow-passthrough on\nset -g status off\nset -g set-titles on\n"
        "set -g remain-on-exit on\nset -g default-terminal tmux-256color\n"
    )
    command = [sys.executable, "-P", "-m", "tests.console.twin_stage", str(made.file), look, form]
    environ = {**os.environ, "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    environ["XDG_CONFIG_HOME"] = environ["XDG_STATE_HOME"] = str(folder)
    for name in ("TMUX", "NO_COLOR"):
        environ.pop(name, None)
    base = ["tmux", "-u", "-S", str(made.socket), "-f", str(config)]
    size = ["-x", str(columns), "-y", str(rows)]
    where = str(Path(interlock.__file__).parent)
    subprocess.run(
        [*base, "new-session", "-d", *size, "-c", where, shlex.join(command)], env=environ, check=True
    )
    try:
        with _attached([*base, "attach"], environ, made):
            yield made
    finally:
        subprocess.run([*base, "kill-server"], check=False, capture_output=True, timeout=GUARD)


@contextmanager
def _attached(argv: list[str], environ: dict[str, str], made: Pane) -> Iterator[None]:
    """Attach a terminal, and keep every byte it is sent."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", made.rows, made.columns, 0, 0))
    environ = {**environ, "TERM": "xterm-256color"}
    client = subprocess.Popen(
        argv, stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True
    )
    os.close(slave)
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            if select.select([master], [], [], 0.1)[0]:
                try:
                    made.outer += os.read(master, 65536)
                except OSError:
                    return

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        client.terminate()
        client.wait(GUARD)
        over.set()
        reader.join(GUARD)
        with contextlib.suppress(OSError):
            os.close(master)
