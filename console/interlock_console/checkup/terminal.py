"""The terminal, tmux and ssh: what can be drawn, and what hostile text could reach."""

import locale
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping

from interlock_console.checkup import NOTE, OK, WARN, Asked, Check

__all__ = ["look", "tmux"]

_SMALL = (80, 24)
_ESCAPE_MS = 100


def look(asked: Asked) -> Iterable[Check]:
    """Look at TERM, colours, locale and size, then at tmux and ssh where they are in between."""
    environ = asked.environ
    yield _term(environ)
    yield _colours(environ)
    yield _encoding()
    size = shutil.get_terminal_size()
    small = size.columns < _SMALL[0] or size.lines < _SMALL[1]
    yield Check("size", WARN if small else OK, f"{size.columns} by {size.lines}",
                "80 by 24 shows every view whole" if small else "")  # fmt: skip
    if environ.get("TMUX"):
        yield from tmux(_ask_tmux)
    if environ.get("SSH_CONNECTION"):
        yield Check(
            "ssh", NOTE, "this is another machine's terminal: copies go through it, if it allows OSC 52"
        )


def _term(environ: Mapping[str, str]) -> Check:
    term = environ.get("TERM", "")
    if term in ("", "dumb"):
        return Check("terminal", WARN, f"TERM is {term or 'not set'}: the console cannot be drawn",
                     "use 'interlock --linear', or set TERM to what your terminal is")  # fmt: skip
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Check("terminal", NOTE, f"TERM is {term}; input or output is no terminal here")
    return Check("terminal", OK, f"TERM is {term}")


def _colours(environ: Mapping[str, str]) -> Check:
    if environ.get("NO_COLOR"):
        return Check(
            "colours", NOTE, "NO_COLOR is set: every state is a word, as always, and nothing is coloured"
        )
    if environ.get("COLORTERM") in ("truecolor", "24bit"):
        return Check("colours", OK, "16 million, by COLORTERM")
    if "256color" in environ.get("TERM", ""):
        return Check("colours", OK, "256, by TERM")
    return Check("colours", NOTE, "16 or fewer, by TERM", "--theme ansi-16 suits it")


def _encoding() -> Check:
    found = (sys.stdout.encoding or locale.getpreferredencoding(False)).lower()
    if found.replace("-", "") == "utf8":
        return Check("locale", OK, "UTF-8")
    return Check(
        "locale", WARN, f"{found}: marks cannot be written", "set LC_ALL to a UTF-8 locale, or use --ascii"
    )


def tmux(ask: Callable[..., str]) -> Iterable[Check]:
    """Judge tmux by what it answers: ``ask`` takes the words after ``tmux`` and returns one line, or nothing."""
    said = ask("-V")
    if not said:
        yield Check(
            "tmux", WARN, "TMUX is set, and tmux does not answer", "look whether it is installed here"
        )
        return
    yield Check("tmux", OK, said)
    clipboard = ask("show-options", "-gsv", "set-clipboard")
    good = clipboard in ("on", "external")
    yield Check("tmux clipboard", OK if good else NOTE, f"set-clipboard is {clipboard or 'not known'}",
                "" if good else "set -s set-clipboard on lets c copy to your own clipboard")  # fmt: skip
    passing = ask("show-options", "-gwv", "allow-passthrough")
    if passing in ("on", "all"):
        yield Check("tmux passthrough", WARN, f"allow-passthrough is {passing}: any program in a pane can talk to "
                    "your terminal past tmux", "set -g allow-passthrough off")  # fmt: skip
    escape = ask("show-options", "-gsv", "escape-time")
    if escape.isdigit() and int(escape) > _ESCAPE_MS:
        yield Check("tmux escape", WARN, f"escape-time is {escape} ms: Escape and Alt are that late",
                    "set -s escape-time 10")  # fmt: skip


def _ask_tmux(*words: str) -> str:
    """Run ``tmux WORDS`` for at most two seconds; return its one line, or nothing."""
    try:
        done = subprocess.run(["tmux", *words], capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
