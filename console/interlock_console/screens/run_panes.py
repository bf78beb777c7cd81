"""The panes beside a run's trace: the context of a decision as a difference, and the tree of runs."""

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from textual.widget import Widget

from interlock.runs import RunState
from interlock.text import Untrusted
from interlock_console.screens.run_seek import RunSeek
from interlock_console.station import Station
from interlock_console.trace.context import changes, told
from interlock_console.trace.fold import Row
from interlock_console.trace.paper import Block
from interlock_console.trace.turns import Comparison, Plan, plan
from interlock_console.widgets.trace import TraceList
from interlock_console.widgets.tree import Branch, TreeList

__all__ = ["RunPanes"]

Json = dict[str, Any]

_COMPARING = Untrusted("comparing it with the one before")
_TREE_EVERY = 20
"""Renewals between two questions for the tree: runs that registered since are in the next answer."""


class RunPanes(RunSeek):
    """A run's screen with what stands in the place of a row's text when it is asked for."""

    def __init__(self, station: Station, run: str) -> None:
        super().__init__(station, run)
        self.tree_list = TreeList(station.wall, id="tree")
        self.tree_list.here = run
        self._plan = Plan()
        self._compared: tuple[Comparison, Sequence[Block]] | None = None
        self._comparing: Comparison | None = None

    def side(self) -> list[Widget]:
        """Return the panes of the side: one of them is shown."""
        return [*super().side(), self.tree_list]

    # The context at a decision.

    def page_of(self, row: Row) -> Sequence[Block]:
        """Return the row's text, or while it is wanted, what changed in the context."""
        self._plan = Plan()
        if not self.has_class("context"):
            return super().page_of(row)
        reader = self.reader
        self._plan = plan(row, reader.window, reader.bodies, reader.earlier)
        return self._compare(self._plan.compare) if self._plan.compare else self._plan.blocks

    def _compare(self, wanted: Comparison) -> Sequence[Block]:
        """Return the difference, or that it is being made: a long context is compared on a thread."""
        if self._compared is not None and self._compared[0] == wanted:
            return self._compared[1]
        if self._comparing != wanted:
            self._comparing = wanted
            threading.Thread(target=self._work, args=(wanted,), name="interlock context", daemon=True).start()
        return (Block("context", _COMPARING, "held"),)

    def _work(self, wanted: Comparison) -> None:
        found = told(*changes(wanted.before, wanted.after), wanted.against)

        def take() -> None:
            self._compared = (wanted, found)
            if self._comparing == wanted:
                self._comparing = None
            self.show_again()

        self._deliver(take)

    def action_context(self) -> None:
        """Show what changed in the context since the decision before, or the row's text again."""
        self.toggle_class("context")
        self.remove_class("receipts", "tree")
        self.show_again()

    def answered(self) -> None:
        """A part of a context may be here now."""
        super().answered()
        if self.has_class("context"):
            self._shown = None

    def _dwell(self) -> None:
        super()._dwell()
        wanted = self._plan
        for digest in wanted.digests:
            self.reader.body(digest, further=True)
        for n in wanted.full:
            self.reader.full(n)
        if wanted.earlier:
            self.reader.turn_before()

    # The tree.

    def action_tree(self) -> None:
        """Show the runs this one belongs to, or the row's text again."""
        self.remove_class("receipts")
        self.toggle_class("tree")
        shown = self.has_class("tree")
        if shown:
            self.reader.ask_tree()
            self._renew_tree()
        self.set_class(shown, "text")
        (self.tree_list if shown else self.trace).focus()

    def on_lines_opened(self, event: TraceList.Opened) -> None:
        """Open the run of a branch; enter on a row of the trace reads it on the whole screen."""
        event.stop()
        if event.lines is not self.tree_list:
            self.open_row()
        elif event.key == self.run:
            self.remark = "this is the run you are reading"
        else:
            self.open_run(str(event.key))

    def open_row(self) -> None:
        """Hook: enter was pressed on a row of the trace."""

    def renew_more(self) -> None:
        """Renew the tree while it is shown."""
        super().renew_more()
        if self.has_class("tree"):
            if self._beat % _TREE_EVERY == 0:
                self.reader.ask_tree()
            self._renew_tree()

    def _renew_tree(self) -> None:
        self.tree_list.why = self.reader.problem or "asking the hub for the runs above and below this one"
        tree = self.reader.tree
        if tree is not None:
            self.tree_list.tell(self._branches(tree["runs"]))
        self.tree_list.dim(bool(self.stale))

    def bar_note(self) -> str:
        """Return what is missing in the tree while it is shown, else what was last remarked."""
        tree = self.reader.tree
        if not self.has_class("tree") or tree is None or self.remark:
            return super().bar_note()
        count = f"{tree['total']:,} run{'s' * (tree['total'] != 1)} in this tree"
        return f"{count}, only {len(tree['runs']):,} shown" if tree["cut"] else count

    def _branches(self, runs: Sequence[Json]) -> Iterable[Branch]:
        """Return the branches with the newest state there is: the feed's, else the hub's answer."""
        top = min((entry["depth"] for entry in runs), default=0)
        for entry in runs:
            state = RunState.from_json(entry["run"])
            yield Branch(entry["depth"] - top, self.station.runs.get(state.run) or state)
