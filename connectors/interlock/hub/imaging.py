"""``python -m interlock.hub.imaging FOLDER``: fold a record beside its hub, and keep an image of the world it makes.

Started by the hub, in a process of its own, so that no order waits for it. What it says is one line of JSON: the entry
up to which it folded, the digest of the image, and what is wrong with the file, if anything is. It ends with its
standard input, so it does not outlive its hub.
"""

import gc
import json
import os
import sys
import threading
import time
from pathlib import Path

from interlock.errors import InterlockError
from interlock.hub.core.effects import Moment
from interlock.hub.core.fold import fold
from interlock.hub.core.image import dump, load
from interlock.hub.core.world import World
from interlock.hub.record.follow import Follower
from interlock.hub.record.images import Image, Place, keep
from interlock.hub.version import code

__all__ = ["main", "make"]

NICE = 19
"""Orders and events come first."""


def make(folder: Path) -> tuple[Place, str]:
    """Fold on from the newest image, to the end; keep the image of what that makes, and return its place and digest.

    Raises StoreError, ChainBroken and OSError.
    """
    record, made_by = Follower(folder), code()
    try:
        before = record.image(made_by)
        now = Moment(time.monotonic(), time.time())
        world = load(before.world, now) if before is not None else World()
        place = before.place if before is not None else Place()
        world.replaying = True
        for here, fact in record.facts(place):
            fold(world, fact, now)
            place = here
    finally:
        record.close()
    return place, keep(folder, place, made_by, dump(world), _spare(before))


def _spare(before: Image | None) -> tuple[int, ...]:
    return (before.place.n,) if before is not None else ()


def main(folder: str) -> int:
    """Do it once; return the exit code."""
    os.nice(NICE)
    threading.Thread(target=_end_with_the_hub, daemon=True).start()
    # What is folded is kept to the end, and then all of it goes at once.
    gc.disable()
    try:
        place, digest = make(Path(folder))
        record = Follower(Path(folder))
        said = {"entry": place.n, "sha256": digest, "damage": record.damage()}
        record.close()
    except (InterlockError, OSError) as error:
        print(f"no image of the world was made: {error}")  # noqa: T201
        return 1
    print(json.dumps(said))  # noqa: T201
    return 0


def _end_with_the_hub() -> None:
    """End at once when the other end of standard input is gone: whoever held it is."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    ended = main(sys.argv[1])
    sys.stdout.flush()
    os._exit(ended)
