"""Which code makes the world of a record: what it made is good for the same code only."""

from hashlib import sha256
from importlib.resources import files

__all__ = ["code"]

_MODULES = ("events.py", "model.py", "orders.py", "reserved.py", "text.py", "wire.py")


def code() -> str:
    """Return the SHA-256, in hex, of the sources that decide what the record of a hub means."""
    root = files("interlock")
    core = root / "hub" / "core"
    sources = [root / name for name in _MODULES]
    sources += sorted(
        (found for found in core.iterdir() if found.name.endswith(".py")), key=lambda found: found.name
    )
    hasher = sha256()
    for source in sources:
        text = source.read_bytes()
        hasher.update(b"%b %d\n" % (source.name.encode(), len(text)))
        hasher.update(text)
    return hasher.hexdigest()
