"""The runs a run belongs to: ancestors, itself, descendants, with how each stands now."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.words import flags, phrase, word
from interlock_console.output import age
from interlock_console.trace.blocks import size_word
from interlock_console.widgets.ink import Pieces, fit, said
from interlock_console.widgets.lines import Lines

__all__ = ["Branch", "TreeList"]

_DEEPEST = 12
_SHORT = 24


@dataclass(frozen=True, slots=True)
class Branch:
    """One run of the tree; ``depth`` counts from the topmost that is shown."""

    depth: int
    state: RunState


class TreeList(Lines[str, Branch]):
    """Runs by their id, each below its parent. ``here`` is the run whose screen this is."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.here = ""
        self.why = ""
        """What is said while nothing is known."""
        self._now = now

    def tell(self, branches: Iterable[Branch]) -> None:
        """Show these runs; the cursor stays on its run, and begins on the one the screen is about."""
        rows = {branch.state.run: branch for branch in branches}
        moved, self.rows = list(rows) != list(self.rows), rows
        if moved:
            first = self.cursor is None
            self.reorder()
            if first:
                self.go(self.here)
        self.touch()

    def pieces(self, key: str, row: Branch, width: int) -> Pieces:
        """Return state, place in the tree, who, what it cost, and what is wrong with it."""
        state = row.state
        how = word(state)
        here = "here " if key == self.here else ""
        over = state.phase == "finished" or state.stop == "confirmed"
        lasted = age((state.last_at if over else self._now()) - state.started_at)
        cost = f"{size_word(state.tokens_in + state.tokens_out):>7} tok ${state.cost:>6.2f} {lasted:>6}"
        room = max(8, width - 11 - len(cost) - len(here) - 2)
        who = "  " * min(row.depth, _DEEPEST) + f"{said(state.agent, _SHORT)} as {said(state.role, _SHORT)}"
        wrong = "  ".join((phrase(state), *flags(state)))
        who = f"{who}  {shorten(key)}  {said(wrong, 80)}"
        return [
            (fit(f"{how.word} {how.mark}", 11), how.tone),
            (fit(who, room), "head" if here else "text"),
            (f" {here}", "mark"),
            (f" {cost}", "dim"),
        ]

    def nothing(self, width: int) -> list[Pieces]:
        """Return why there is no run yet."""
        del width
        return [[(f"  {self.why}", "dim")]]
