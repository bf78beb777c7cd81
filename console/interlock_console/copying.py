"""Copy over ssh and in tmux, and say where it went: a private file always, tmux's buffer, the terminal by OSC 52.

No terminal answers whether it took a copy, and tmux in its usual setting drops one that a program asks for. So
nothing is called copied that is not known to be somewhere: the file was written, or tmux took its buffer. What the
terminal was asked is said as that. The text is made visible first: what is pasted is what was read, and acts nowhere.
"""

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from interlock.text import visible, visible_line
from interlock_console.private import home, replaced, state_folder

__all__ = ["MOST", "TERMINAL_MOST", "Went", "in_tmux", "put", "start"]

MOST = 1_000_000
"""Characters of one copy; for more there is saving to a file."""
TERMINAL_MOST = 74_994
"""Bytes a terminal is asked to take: 100,000 in base64, where xterm and others stop without a word."""
_WITHIN = 2.0
"""Seconds tmux may take for one answer."""

Ask = Callable[[str], bool]
"""Ask the terminal to take a text, and return whether it could be asked. On the screen's thread."""
Said = Callable[[str, str], None]
"""Told a sentence and its tone, on any thread."""


@dataclass(frozen=True, slots=True)
class Went:
    """Where a copy of ``characters`` in ``lines`` is (``at``), who else was ``asked``, and what did not work."""

    characters: int
    lines: int
    at: tuple[str, ...] = ()
    asked: str = ""
    failed: tuple[str, ...] = ()

    @property
    def tone(self) -> str:
        """The tone of the sentence."""
        return "text" if self.at and not self.failed else "held" if self.at else "fault"

    def __str__(self) -> str:
        size = f"{self.characters:,} character{'s' * (self.characters != 1)}"
        if self.lines > 1:
            size += f" in {self.lines:,} lines"
        parts = [f"copied {size}: {' and '.join(self.at)}" if self.at else f"not known to be copied ({size})"]
        if not self.at and not self.asked:
            parts = [f"nothing copied ({size})"]
        return "; ".join([*parts, *self.failed, *([self.asked] if self.asked else ())])


def in_tmux(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the console runs in tmux itself, and not only behind one on another machine."""
    return bool(environ.get("TMUX"))


def start(text: str, ask: Ask, said: Said, environ: Mapping[str, str] = os.environ) -> None:
    """Copy on a thread, ask the terminal from this one where that is right, and say where it went."""
    shown = visible(text)
    if not shown.strip():
        said("nothing to copy here", "text")
        return
    if len(shown) > MOST:
        said(f"nothing copied: {len(shown):,} characters are more than {MOST:,}; w saves them", "fault")
        return
    asked = "" if in_tmux(environ) else _terminal(shown, ask, environ)

    def work() -> None:
        went = put(shown, asked, environ)
        said(str(went), went.tone)

    threading.Thread(target=work, name="interlock copy", daemon=True).start()


def put(shown: str, asked: str, environ: Mapping[str, str] = os.environ) -> Went:
    """Put a text into the file and, in tmux, into its buffer. ``asked`` says what the terminal was asked already."""
    at: list[str] = []
    failed: list[str] = []
    if in_tmux(environ):
        place, asked = _tmux(shown, environ)
        (at if place.startswith("tmux") else failed).append(place)
    try:
        path = state_folder(environ) / "copied.txt"
        replaced(path, shown)
        at.append(f"file {visible_line(home(path, environ))}")
    except OSError as error:
        failed.append(f"no file: {error.strerror or error}")
    return Went(len(shown), shown.count("\n") + 1, tuple(at), asked, tuple(failed))


def _terminal(shown: str, ask: Ask, environ: Mapping[str, str]) -> str:
    size = len(shown.encode())
    if size > TERMINAL_MOST:
        return f"the terminal was not asked: {size:,} bytes are more than terminals take ({TERMINAL_MOST:,})"
    if not ask(shown):
        return "there is no terminal to ask"
    dropped = ", and screen drops it" if environ.get("STY") else ""
    if environ.get("TERM", "").startswith(("screen", "tmux")) and not dropped:
        dropped = ", and a tmux on the way may drop it"
    return f"the terminal was asked too (OSC 52), it does not answer{dropped}"


def _tmux(shown: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return where it is in tmux, or why it is not, and what tmux's own terminal was asked."""
    setting = _run(("show", "-sv", "set-clipboard"), None, environ)
    if setting.code == 0 and setting.out in ("on", "external"):
        if _run(("load-buffer", "-w", "-"), shown, environ).code == 0:
            return (
                "tmux buffer",
                f"tmux asked its terminal too (set-clipboard {setting.out}), it does not answer",
            )
        passed_on = "the terminal was not asked: this tmux has no load-buffer -w"
    else:
        why = (
            f"set-clipboard is {visible_line(setting.out, 20)}"
            if setting.out
            else "it does not say set-clipboard"
        )
        passed_on = f"the terminal was not asked: {why}"
    loaded = _run(("load-buffer", "-"), shown, environ)
    if loaded.code == 0:
        return "tmux buffer", passed_on
    return f"no buffer of tmux: {visible_line(loaded.problem, 80)}", ""


@dataclass(frozen=True, slots=True)
class _Ran:
    code: int
    out: str
    problem: str


def _run(words: Sequence[str], text: str | None, environ: Mapping[str, str]) -> _Ran:
    try:
        done = subprocess.run(
            ["tmux", *words],
            input=None if text is None else text.encode(),
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            timeout=_WITHIN,
            env=dict(environ),
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return _Ran(-1, "", f"{type(error).__name__}")
    said = done.stderr.decode(errors="replace").strip()
    return _Ran(
        done.returncode, done.stdout.decode(errors="replace").strip(), said or f"exit {done.returncode}"
    )
