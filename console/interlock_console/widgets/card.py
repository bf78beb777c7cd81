"""The page of a card: every line of it, scrolled by hand; what was on the screen is noted as it is painted."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from interlock_console.inbox.page import Line, page
from interlock_console.inbox.reading import Seen
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Ink, Pieces

if TYPE_CHECKING:
    from textual.app import App

__all__ = ["CardBoard", "CardPage"]

Json = dict[str, Any]


class CardPage(Ink, can_focus=True):
    """``seen`` is what of it was painted; a line that was laid out anew was not, whatever stood in its place before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", show=False),
        Binding("down,j", "step(1)", show=False),
        Binding("pageup,b", "turn(-1)", show=False),
        Binding("pagedown,space", "turn(1)", show=False),
        Binding("home,g", "edge(-1)", show=False),
        Binding("end,G", "edge(1)", show=False),
    ]

    class Turned(Message):
        """Another part of it is on the screen, or it was laid out anew."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.top = 0
        self.page: list[Line] = []
        self.seen = Seen()
        self._told: tuple[Json, str | None, Sequence[Json]] | None = None

    def tell(self, found: Json | None, edited: str | None = None, others: Sequence[Json] = ()) -> None:
        """Show this call, or nothing; told the same again it changes nothing."""
        told = None if found is None else (found, edited, tuple(others))
        if told is None or self._told is None or told[0] is not self._told[0] or told[1:] != self._told[1:]:
            self._told = told
            self._lay()

    def _lay(self) -> None:
        width = self.size.width
        if not width:
            return
        lines = page(self._told[0], width, edited=self._told[1], others=self._told[2]) if self._told else []
        if lines == self.page and width == self.seen.width:
            return
        self.page = lines
        self.seen.set(["".join(text for text, _ in line) for line in lines], width)
        self.top = max(0, min(self.top, len(lines) - self.size.height))
        self.refresh()
        self.post_message(self.Turned())

    def on_resize(self) -> None:
        """Lay it out anew: what stands on other lines now was not read on these."""
        self._lay()

    def forget(self) -> None:
        """It is something else than what was read: begin at the top, with nothing seen."""
        self.seen.forget()
        self.top = 0
        self.refresh()

    @property
    def below(self) -> int:
        """How many lines are below what is on the screen."""
        return max(0, len(self.page) - self.top - self.size.height)

    def action_step(self, by: int) -> None:
        """Scroll by lines."""
        self._go(self.top + by)

    def action_turn(self, by: int) -> None:
        """Scroll by a screen, with one line of the one before still in sight; past the end to what was not seen yet."""
        missed = self.seen.first_unseen
        if by > 0 and not self.below and missed is not None:
            self._go(missed)
        else:
            self._go(self.top + by * max(1, self.size.height - 1))

    def action_edge(self, to: int) -> None:
        """Go to the first or the last line."""
        self._go(0 if to < 0 else len(self.page))

    def _go(self, top: int) -> None:
        top = max(0, min(top, len(self.page) - self.size.height))
        if top != self.top:
            self.top = top
            self.refresh()
            self.post_message(self.Turned())

    def render_line(self, y: int) -> Strip:
        """Return one painted line, and take note that it is on the screen now."""
        at = self.top + y
        if at >= len(self.page):
            return self.paint((), self.size.width)
        # A terminal that takes nothing shows nothing.
        app = cast("App[None]", self.app)  # pyright: ignore[reportUnknownMemberType]
        if getattr(app, "stalled_since", None) is None:
            self.seen.painted(at)
        return self.paint(self.page[at], self.size.width)

    def copied(self) -> str:
        """Return the whole card, as plain visible text."""
        return "\n".join(self.told())

    def told(self) -> Iterable[str]:
        """Return every line."""
        return ("".join(text for text, _ in line).rstrip() for line in self.page)


class CardBoard(Board):
    """The lines above or below the page, as its screen says them."""

    def __init__(self, said: Callable[[int], list[Pieces]], *, id: str, row: str = "plain") -> None:  # noqa: A002
        super().__init__(id=id)
        self._said = said
        self.ROW = row  # pyright: ignore[reportConstantRedefinition]

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return what the screen says."""
        del height
        return self._said(width)

    def fit(self) -> None:
        """Take as many lines as there are to say."""
        self.styles.height = max(1, len(self._said(self.size.width or 80)))
        self.renew()
