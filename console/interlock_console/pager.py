"""``o`` hands what is shown to the operator's own pager, and comes back.

The screen is given away while the pager runs, synchronously and inside of a batch: an asynchronous wait would let a
timer paint into a terminal that is not ours, and deadlock. Link and fold run on threads of their own and go on. The
text is the visible form, so a pager that passes control characters on finds none; ``LESSSECURE`` keeps less from
running commands, editors and filters on text that a stranger wrote.
"""

import os
import shlex
import signal
import subprocess
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from textual.app import App, SuspendNotSupported

from interlock.text import visible, visible_line

__all__ = ["command", "interrupts", "page"]

_RAW = frozenset(("--raw-control-chars", "--RAW-CONTROL-CHARS"))


def command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the words of ``$PAGER`` without less's options that pass control characters on; empty if there is none."""
    try:
        words = shlex.split(environ.get("PAGER", ""))
    except ValueError:
        return []
    if not words or Path(words[0]).name != "less":
        return words
    return [words[0], *filter(None, map(_tamed, words[1:]))]


def _tamed(word: str) -> str:
    if word in _RAW:
        return ""
    if word.startswith("-") and not word.startswith("--") and word[1:].isalpha():
        kept = word[1:].replace("R", "").replace("r", "")
        return f"-{kept}" if kept else ""
    return word


def page(app: App[Any], lines: Iterable[str], environ: Mapping[str, str] = os.environ) -> str:
    """Show the lines in the pager until it ends; return what to say, empty when all went well."""
    words = command(environ)
    if not words:
        return "there is no pager: set PAGER, for example to less; w saves what is shown"
    text = "".join(f"{visible(line)}\n" for line in lines).encode("utf-8", "replace")
    given = {**environ, "LESSSECURE": "1", "LESS": _less(environ.get("LESS", ""))}
    name = visible_line(words[0], 40)
    try:
        with app.batch_update(), app.suspend(), interrupts():
            code = subprocess.run(words, input=text, env=given, check=False).returncode
    except SuspendNotSupported:
        return "this terminal cannot be given to a pager"
    except OSError as error:
        return f"the pager {name} does not start: {error.strerror or error}"
    return f"the pager {name} ended with {code}" if code else ""


def _less(options: str) -> str:
    return " ".join(filter(None, map(_tamed, options.split())))


@contextmanager
def interrupts() -> Generator[None]:
    """Leave Ctrl-C to the pager: both are in the foreground, and the console must be there when it ends."""

    def passed_over(_number: int, _frame: FrameType | None) -> None:
        """Do nothing. A handler of ours, not SIG_IGN, which the pager would inherit."""

    before = signal.signal(signal.SIGINT, passed_over)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
