"""What every screen is given: the fold, the desk for questions and orders, and how the operator wants it drawn."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from interlock.runs import RunState
from interlock_console import allowed
from interlock_console.contexts import LOCAL, Context
from interlock_console.desk import Desk
from interlock_console.person import UNNAMED, claims_as, person
from interlock_console.state import Fleet, Head, Note

__all__ = ["Station"]


@dataclass
class Station:
    """Shared by all screens, used on the screen's thread only."""

    fleet: Fleet
    desk: Desk
    read_only: bool = False
    ascii: bool = False
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    user: str = ""
    """Who says to be here; as the desk's hub is told, unless it is given."""
    context: Context = field(default_factory=Context)
    """The hub as the operator named it, which store its token is in, and whether it is production."""
    keymap: dict[str, str] = field(default_factory=dict[str, str])
    """Keys as the operator has them: binding id to Textual key names with commas; what is not in it is as built."""
    carried: int = 0
    """How often the app brought changes to the views; one that missed some looks at everything."""
    view: str = ""
    """The saved view of the fleet that was asked for with ``--view``, by its name; empty for none."""
    last_run: str = ""
    """The run that was opened last; ``-`` goes back to it."""
    bell: bool = True
    """Whether the terminal's bell rings when something newly needs a person."""
    bulks: list[object] = field(default_factory=list[object])
    """The orders in waves that this console has sent; what is left of one that goes on ends with the console."""
    drafts: dict[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    """Notes the hub did not take, by the runs they are about: they stand in the line when it is opened again."""
    runs: dict[str, RunState] = field(default_factory=dict[str, RunState])
    """Every run as of the last pull; the app keeps it. The states in it never change, they are replaced."""

    def __post_init__(self) -> None:
        """Be who the hub is told to be."""
        self.user = self.user or self.desk.hub.who or person() or UNNAMED

    def head(self) -> Head:
        """Return link, data age and counts as of now."""
        return self.fleet.head(self.clock())

    @property
    def looks_only(self) -> bool:
        """Whether nothing acts from here: by the operator's wish, or because at the hub they may only look now."""
        return self.read_only or (self.head().hub or {}).get("role") == "viewer"

    def off(self, needed: str, what: str) -> str:
        """Return why ``what`` is off while :attr:`looks_only`, and what to do; ``needed`` is the role it takes."""
        name = "" if self.context.name == LOCAL else self.context.name
        return allowed.off(self.head().hub, needed, what, read_only=self.read_only, context=name)

    def tell(self, note: Note) -> None:
        """Put a line of the console's own into the ticker. Any thread may."""
        self.fleet.tell(note)

    @property
    def claims_as(self) -> str:
        """The text under which the hub keeps what this person does; empty until the hub said who the operator is."""
        operator = str((self.head().hub or {}).get("operator") or "")
        return claims_as(operator, self.user, self.desk.hub.token) if operator else ""

    @property
    def reason(self) -> str:
        """The reason given with an order when the operator gives none: it names who the record says gave it."""
        operator = str((self.head().hub or {}).get("operator") or "")
        by = operator if operator and self.claims_as == operator else self.user
        return f"from the console by {by}"
