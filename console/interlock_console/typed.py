"""What a terminal sends that is no UTF-8: a replacement character, and not the end of the console.

A paste in another encoding, a line with noise and a terminal set to Latin-1 all send such bytes. Textual 8.2.8 decodes
strictly in the thread that reads, and ends when that fails; it has no setting for it. This gives its driver a decoder
that replaces them. Textual is pinned to that release; ``tests/console/test_typed.py`` fails when this does not work.
"""

import codecs
from functools import partial

__all__ = ["lenient"]


def lenient() -> None:
    """Let the driver read whatever comes. Harmless when said again, and where there is no such driver."""
    try:
        from textual.drivers import linux_driver
    except ImportError:  # not a Unix: another driver, which reads characters and not bytes
        return
    linux_driver.__dict__["getincrementaldecoder"] = _decoder


def _decoder(encoding: str) -> partial[codecs.IncrementalDecoder]:
    return partial(codecs.getincrementaldecoder(encoding), "replace")
