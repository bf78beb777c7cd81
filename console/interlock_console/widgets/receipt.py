"""The receipts of a run as a panel: what was ordered, how far it got, and what its last word still waits for."""

from collections.abc import Sequence
from typing import Any

from interlock.runs import RunState
from interlock.text import Untrusted, visible_line
from interlock_console import receipts
from interlock_console.trace.paper import Block
from interlock_console.widgets.detail import Detail

__all__ = ["Receipts", "receipt_blocks"]

Json = dict[str, Any]

_ORDER = {
    "UNRECORDED": 0,
    "SHADOW": 0,
    "waits for": 1,
    "in flight": 2,
    "ended late": 3,
    "stage": 4,
    "gate": 5,
}


def receipt_blocks(receipt: Json) -> list[Block]:
    """Return one receipt as blocks: its furthest stage first, then everything behind it."""
    head = receipts.head(receipt)
    verb = visible_line(str(receipt["verb"]))
    by = visible_line(str(receipt["by"]))
    title = f"{verb} {visible_line(str(receipt['order']))} by {by}"
    found = [Block(title, Untrusted(head.text), head.tone)]
    # What is still missing and what may have happened comes before what is over.
    said = (line for line in receipts.lines(receipt) if line.label != "order")
    lines = sorted(said, key=lambda line: _ORDER.get(line.label, 6))
    for before, line in zip(["", *(line.label for line in lines)], lines, strict=False):
        label = "" if line.label == before else line.label
        found.append(Block("", Untrusted(line.text), line.tone, lead=f"{label:<11} ", tight=True))
    return found


class Receipts(Detail):
    """Every receipt of one run, the newest first. :meth:`tell` says what is known of them and what is not."""

    _told: tuple[Sequence[Json] | None, str, str] | None = None

    def tell(
        self,
        found: Sequence[Json] | None,
        problem: str = "",
        *,
        stale: str = "",
        state: RunState | None = None,
    ) -> None:
        """Show receipts of a run, None while they are being asked for. ``problem`` says why the hub did not answer.

        Told the same again, it paints nothing.
        """
        found = None if found is None else [receipts.of(receipt, state) for receipt in found]
        if self._told == (found, problem, stale):
            return
        self._told = (found, problem, stale)
        blocks: list[Block] = []
        if problem:
            said = f"{problem}. Below is what the hub said before; the order does not depend on this screen."
            blocks.append(Block("", Untrusted(said), "fault"))
        if found is None and not problem:
            blocks.append(Block("", Untrusted("asking the hub how far the order got"), "dim"))
        elif not found and not problem:
            blocks.append(Block("", Untrusted("nobody has given an order to this run"), "dim"))
        for receipt in reversed(found or ()):
            blocks += receipt_blocks(receipt)
        waiting = sum(not receipts.complete(receipt) for receipt in found or ())
        self.aside = stale or (f"{waiting} not concluded" if waiting else "")
        self.show("receipts", blocks, keep=True)
