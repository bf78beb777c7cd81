"""Entries to write, and a process that writes them and says which ones it was told are on disk.

``python -m tests.hub.store.entries FOLDER`` appends until it is killed and prints each acknowledged number.
"""

import itertools
import sys
import time
from pathlib import Path

from interlock.hub.core.effects import Fact
from interlock.hub.record import Record

RUN = "r-00000000000000a1"


def fact(number: int, size: int = 40) -> Fact:
    """Return a fact that can be told from every other."""
    body = {"verb": "kill", "number": number, "reason": "it loops " + "x" * size}
    return Fact("order", body, run=RUN, order=f"o-{number:016x}")


def fill(folder: Path, count: int, batch: int = 1) -> None:
    """Append ``count`` entries and close cleanly."""
    record = Record.open(folder)
    for first in range(0, count, batch):
        record.append([fact(number) for number in range(first, min(first + batch, count))], 1_795_000_000.0)
    record.close()


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the facts in a folder, after every check a start makes."""
    record = Record.open(folder)
    try:
        return [fact.body["number"] for _, fact in record.facts()]
    finally:
        record.close()


if __name__ == "__main__":
    written = Record.open(Path(sys.argv[1]))
    for number in itertools.count(written.last):
        written.append([fact(number)], time.time())
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
