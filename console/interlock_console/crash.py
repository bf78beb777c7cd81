"""How the console ends when it breaks: with a traceback that is visible text, and without the values of variables."""

import sys
import traceback

from textual.app import App

from interlock.text import visible

__all__ = ["Quiet"]


class Quiet(App[None], inherit_bindings=False):
    """Keeps the traceback for after the screen is restored; :attr:`failure` has it then.

    Textual's own prints the values of all local variables, with whatever an agent wrote in them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.failure = ""
        """The traceback of the error that ended the console, without the values of variables."""

    def _fatal_error(self) -> None:
        """Keep the traceback: no local variables, and nothing a terminal obeys."""
        self.failure = visible("".join(traceback.format_exception(sys.exception())))
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """End the console; what an exception would have printed by itself goes the same way as any other."""
        if sys.exception() is not None:
            self._fatal_error()
            return
        # An error of another thread is told from here, where it is no longer being handled.
        self.failure = visible("".join(f"{_cause(renderable)}\n" for renderable in renderables))
        self._close_messages_no_wait()


def _cause(renderable: object) -> str:
    """Return the kind and message of an error that Rich would have drawn; its frames hold what agents wrote."""
    from rich.traceback import Traceback

    if isinstance(renderable, Traceback):
        return "\n".join(f"{stack.exc_type}: {stack.exc_value}" for stack in renderable.trace.stacks)
    return str(renderable)
