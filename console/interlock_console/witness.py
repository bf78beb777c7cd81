"""What this console saw of each hub's record, kept over restarts: an older copy that answers later is called so.

Trust is given once for each address, at first sight, and never anew by itself: what a hub had is in a file of the
person's own.
A new epoch is a restore that says so and is taken; ``interlock audit accept`` takes whatever else answers now.
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from interlock.heads import Head, compare
from interlock_console.private import replaced, state_folder

__all__ = ["Witness"]

Json = dict[str, Any]

FILE = "heads.json"
MOST = 200
"""Addresses that are kept; the one not seen for longest goes."""
EVERY_SECONDS = 10.0
"""Between two writes of the file while nothing is wrong."""


class Witness:
    """For one hub, by its address. Used from one thread; whatever cannot be written is no reason to see nothing."""

    def __init__(self, url: str, environ: Mapping[str, str] = os.environ) -> None:
        self._url, self._environ = url, environ
        self.seen = _kept(_file(environ), url)
        """The newest head that was taken, or None at first sight."""
        self._written = 0.0
        self._forked: tuple[int, str] | None = None

    def recall(self, hashed: str) -> None:
        """Compare what the hub has now at the entry that was seen last: a fork may have grown past it since."""
        self._forked = None
        if self.seen is not None and self.seen.hash != hashed:
            problem = f"entry {self.seen.n} of its record had another hash before"
            self._forked = self.seen.epoch, problem

    def saw(self, told: object) -> str:
        """Take ``hub.head``; return what is wrong with it, or nothing. What is wrong is not remembered."""
        head = _head(told)
        if head is None:
            return ""
        problem = compare(self.seen, head) if self.seen is not None else ""
        if self._forked is not None and self._forked[0] == head.epoch:
            problem = problem or self._forked[1]
        if not problem:
            first = self.seen is None or self.seen.epoch != head.epoch
            self.seen = head
            self.keep(at_once=first)
        return problem

    def accept(self, told: object) -> Head | None:
        """Take a head whatever it is: a person says that it is right."""
        self.seen, self._forked = _head(told) or self.seen, None
        self.keep(at_once=True)
        return self.seen

    def keep(self, *, at_once: bool = False) -> None:
        """Write down what was seen; now and then, unless it must be known at once."""
        now = time.monotonic()
        if self.seen is None or not (at_once or now - self._written >= EVERY_SECONDS):
            return
        self._written = now
        try:
            path = _file(self._environ)
            heads = _all(path)
            heads.pop(self._url, None)
            heads[self._url] = self.seen.model_dump(mode="json")
            replaced(path, json.dumps(dict(list(heads.items())[-MOST:])))
        except OSError:
            return


def _file(environ: Mapping[str, str]) -> Path:
    return state_folder(environ) / FILE


def _all(path: Path) -> dict[str, Any]:
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _kept(path: Path, url: str) -> Head | None:
    return _head(_all(path).get(url))


def _head(told: object) -> Head | None:
    """Return a head that somebody told of; None for what is none."""
    try:
        return Head.model_validate(told)
    except ValueError:
        return None
