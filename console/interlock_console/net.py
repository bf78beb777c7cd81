"""The second net under ``interlock.text``: what is wrong in a line right before it becomes the terminal's bytes.

The first net is at the sinks, where :meth:`~interlock_console.widgets.ink.Ink.paint` makes text visible. This one is
for the sink nobody thought of, and for Textual's own widgets. It hangs on ``App._filters``, an internal hook of Textual
8.2.8, which is why Textual is pinned to that release; ``tests/console/test_sinks_net.py`` fails when the hook is gone.

It cannot see what does not pass through a widget: exit messages, tracebacks and the window's title. Those are made
visible where they are written (``interlock_console.app``), and the title is never set.
"""

from typing import Any, cast

from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter

from interlock.text import strip_terminal

__all__ = ["Net", "hang"]


class Net(LineFilter):
    """Takes out of every piece of a line what could act on a terminal or hide, and drops control pieces."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the line with the same number of cells and nothing in it that is not plainly visible."""
        del background
        return [Segment(strip_terminal(text), style) for text, style, control in segments if not control]


def hang(app: App[Any]) -> None:
    """Hang the net under an app, behind every filter that is there already. Raises RuntimeError without the hook."""
    filters: object = getattr(app, "_filters", None)
    if not isinstance(filters, list):
        raise RuntimeError(
            "this Textual has no App._filters to hang the second net on; install textual==8.2.8"
        )
    cast("list[LineFilter]", filters).append(Net())
