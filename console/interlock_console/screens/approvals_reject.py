"""The line for the reason of a reject: the agent gets it. Enter sends it, which lowers risk and asks for no proof."""

from collections.abc import Callable, Mapping

from interlock_console.screens.typed_line import TypedLine
from interlock_console.station import Station

__all__ = ["RejectLine"]

REASON_MAX = 500


class RejectLine(TypedLine):
    """About calls by their ids and the digests that were shown. Escape leaves; a reason that was not taken is kept."""

    def __init__(
        self, station: Station, digests: Mapping[str, str], what: str, send: Callable[[str], None]
    ) -> None:
        """``what`` says in visible words what is rejected; ``send`` is given the reason."""
        self._key = ("reject", *digests)
        label = f"reject {what}: why (the agent gets it)"
        super().__init__(label, "reject", REASON_MAX, station.drafts.get(self._key, ""))
        self.station, self._send = station, send

    def entered(self, text: str) -> None:
        """Send the reason, and keep it in case the hub does not take it."""
        if not text:
            self.refuse("say why; the agent goes on with that")
            return
        self.station.drafts[self._key] = text
        self._send(text)
        self.dismiss()
