"""The base of the dialogs about many runs: what is said above, the list of targets or the receipt below, the keys."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from interlock_console.combined import Row
from interlock_console.keys import Key
from interlock_console.proof import Proof
from interlock_console.screens import Dialog, View, app_of
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.footer import Footer
from interlock_console.widgets.ink import Pieces, cells_of
from interlock_console.widgets.sheet import Sheet

__all__ = ["Panel", "PanelFace"]


class Panel(Dialog):
    """Says :meth:`said` above the rows of :meth:`listed`. ``proof`` takes what is typed, once keys count.

    Enter never confirms: on a line that names a run, :attr:`opens` allowing, it opens that run.
    """

    KEYS: ClassVar[tuple[Key, ...]] = ()
    AUTO_FOCUS = "Sheet"

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.proof: Proof | None = None
        self.face = PanelFace(self)
        self.sheet = Sheet(id="panel-sheet")
        self.foot = Footer(self.KEYS)

    # What a dialog says.

    def said(self, width: int) -> list[Pieces]:
        """Return the lines above the list, the keys last."""
        del width
        return []

    def listed(self) -> Sequence[Row]:
        """Return the rows of the list."""
        return ()

    def usable(self) -> tuple[Key, ...]:
        """Return the keys that do something now."""
        return self.KEYS

    @property
    def opens(self) -> bool:
        """Whether enter opens the run under the cursor."""
        return False

    # What every one of them does.

    def compose(self) -> ComposeResult:
        """Put the list under what is said."""
        with Vertical(id="panel"):
            yield self.face
            yield self.sheet
        yield self.foot

    def on_mount(self) -> None:
        """Show what is known."""
        self.pulse()

    def on_resize(self) -> None:
        """Use the room there is."""
        self.call_after_refresh(self.renew)

    def pulse(self) -> None:
        """Follow what changed; a dialog that asks the hub does it here and calls :meth:`renew`."""
        self.renew()

    def renew(self) -> None:
        """Show it."""
        self.sheet.tell(self.listed())
        self.face.styles.height = max(1, len(self.above(self.face.size.width or 80)))
        self.face.renew()
        self.foot.show(self.usable())

    def above(self, width: int) -> list[Pieces]:
        """Return all lines above the list: with how much of it is seen, and the names of its columns."""
        lines = self.said(width)
        position = self.sheet.position
        # On the lowest line that has room for it: what is said beside the keys may take all of theirs.
        free = (at for at in reversed(range(len(lines))) if cells_of(lines[at]) + len(position) + 3 <= width)
        if position and (at := next(free, None)) is not None:
            gap = width - cells_of(lines[at]) - len(position) - 1
            lines[at] = [*lines[at], (" " * gap, "text"), (position, "dim")]
        heads = self.sheet.heads(width)
        return [*lines, heads] if heads else lines

    def on_lines_moved(self) -> None:
        """Say which part of the list is seen now."""
        self.face.renew()

    def on_key(self, event: events.Key) -> None:
        """Give a key to the proof, once keys count; Enter is never one."""
        if self.proof is not None and self.proof.alphabet and self._types(event):
            event.stop()
            event.prevent_default()
            self.renew()

    def _types(self, event: events.Key) -> bool:
        proof = self.proof
        if proof is None:
            return False
        if self.armed:
            return proof.take(event.key, event.character)
        return bool(event.character) and str(event.character) in proof.alphabet

    def on_lines_opened(self, event: Sheet.Opened) -> None:
        """Open the run of a line, above the view that is behind this dialog."""
        event.stop()
        run = self.sheet.run
        app = app_of(self)
        if not self.opens or not run or run not in self.station.runs:
            return
        self.dismiss()
        view = next((screen for screen in reversed(app.screen_stack) if isinstance(screen, View)), None)
        if view is not None:
            view.open_run(run)

    def waits(self) -> tuple[str, str]:
        """Return what stands behind a key while keys do not count yet."""
        return ("" if self.armed else "  (keys count in a moment)", "dim")


class PanelFace(Board):
    """The upper part of such a dialog."""

    def __init__(self, dialog: Panel) -> None:
        super().__init__(id="panel-face")
        self._dialog = dialog

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return what the dialog says."""
        del height
        return self._dialog.above(width)
