"""What a terminal sends that is no UTF-8: a replacement character, and not the end of the console. Its own end is.

A paste in another encoding, a line with noise and a terminal set to Latin-1 all send such bytes. Textual 8.2.8
decodes strictly in the thread that reads, and ends when that fails; it has no setting for it. This gives its driver a
decoder that replaces them. It also ends the console when the terminal is gone: the driver takes the end of its input
for a pipe, and reads on as fast as it can, for ever. Textual is pinned to that release, and
``tests/console/test_typed.py`` fails when this does not work.
"""

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["lenient"]


def lenient() -> None:
    """Let the driver read whatever comes. Harmless when said again, and where there is no such driver."""
    try:
        from textual.drivers import linux_driver
    except ImportError:  # not a Unix: another driver, which reads characters and not bytes
        return
    linux_driver.__dict__["getincrementaldecoder"] = _decoder


def _decoder(encoding: str) -> type[codecs.IncrementalDecoder]:
    made = codecs.getincrementaldecoder(encoding)

    class Decoder(codecs.IncrementalDecoder):
        def __init__(self) -> None:
            super().__init__("replace")
            self._decoder = made("replace")

        def decode(self, input: "ReadableBuffer", final: bool = False) -> str:  # noqa: A002
            if not (bytes(input) or final):
                raise EOFError("the terminal is gone")
            return self._decoder.decode(input, final)

    return Decoder
