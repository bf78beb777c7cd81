"""Break-glass: rights for a quarter of an hour, with a reason, seen by everybody, and looked at afterwards."""

from collections.abc import Callable
from typing import Any

from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal
from interlock.hub.core.people import Glass, People, same_name
from interlock.rights import includes

__all__ = ["GlassBox", "alarms"]

_HUB = "hub"


class GlassBox:
    """Breaks the glass, ends it, and keeps who looked at what was done under it."""

    def __init__(self, desk: Desk, redact: Callable[[str], str]) -> None:
        self._desk, self._redact = desk, redact

    def start(self, request: int, name: str, who: str, role: str, reason: str) -> None:
        """Give an operator a role for 15 minutes, once that is on disk."""
        people, now = self._desk.world.people, self._desk.now
        if includes(people.own_role(who), role):
            problem = f"{who!r} is {people.own_role(who)!r} already"
            self._desk.refuse(
                request, Refusal("conflict", problem, "do it as yourself: no glass has to be broken")
            )
        elif who.casefold() in people.open:
            problem = f"{who!r} has broken the glass already"
            self._desk.refuse(
                request,
                Refusal("conflict", problem, "end that one first: 'interlock break-glass end'"),
            )
        else:
            body = {"glass": name, "role": role, "mono": now.mono, "boot": people.boot}
            self._write("break_glass", body, who, reason, "break_glass")
            made = people.glasses[name]
            self._desk.then(lambda: _enliven(made))
            self._desk.then(lambda: self._desk.reply(request, ()))

    def end(self, request: int, name: str, by: str, reason: str) -> None:
        """Take the rights back before their time."""
        glass = self._desk.world.people.glasses.get(name)
        if glass is None:
            self._desk.refuse(request, _unknown(name))
        elif glass.ended_at is not None:
            problem = f"break-glass {name!r} has ended"
            self._desk.refuse(request, Refusal("conflict", problem, "an admin may review it"))
        else:
            self._write("break_glass.ended", {"glass": name}, by, reason, "person")
            self._desk.then(lambda: self._desk.reply(request, ()))

    def review(self, request: int, name: str, by: str, note: str) -> None:
        """Close one that has ended. Whoever broke it does not, and nobody whose rights are borrowed too."""
        people = self._desk.world.people
        glass = people.glasses.get(name)
        if glass is None:
            self._desk.refuse(request, _unknown(name))
        elif wrong := _reviewable(glass, by, people.own_role(by)):
            self._desk.refuse(request, wrong)
        else:
            body = {"glass": name, "note": self._redact(note)}
            self._write("break_glass.reviewed", body, by, "", "person")
            self._desk.then(lambda: self._desk.reply(request, ()))

    def tick(self) -> None:
        """End what has lasted its time, and what another boot of the machine has left."""
        people, now = self._desk.world.people, self._desk.now
        for glass in list(people.open.values()):
            if not glass.left(now.mono, now.wall, people.boot):
                self._write("break_glass.ended", {"glass": glass.name}, _HUB, "its time is over", "timeout")

    def unwritten(self) -> None:
        """Take back what is not on disk and would hold as soon as it is."""
        for glass in list(self._desk.world.people.open.values()):
            if not glass.live:
                why = "it could not be written in time"
                self._write("break_glass.ended", {"glass": glass.name}, _HUB, why, "timeout")

    def _write(self, kind: str, body: dict[str, Any], by: str, reason: str, cause: str) -> None:
        said = {"by": by, "at": self._desk.now.wall, "reason": self._redact(reason), "cause": cause}
        self._desk.write(Fact(kind, body | said))


def alarms(people: People, mono: float, wall: float) -> dict[str, Any]:
    """Return what every console says of break-glass: those that hold, and how many wait for a review."""
    held = [glass for glass in people.open.values() if glass.live and glass.left(mono, wall, people.boot)]
    waiting = sum(
        1 for glass in people.glasses.values() if glass.ended_at is not None and glass.reviewed_at is None
    )
    told = [
        {
            "id": glass.name,
            "who": glass.who,
            "role": glass.role,
            "why": glass.why,
            "since": glass.at,
            "until": glass.until,
        }
        for glass in held
    ]
    return {"break_glass": told, "reviews": waiting}


def _reviewable(glass: Glass, by: str, own: str) -> Refusal | None:
    if glass.ended_at is None:
        problem = f"break-glass {glass.name!r} holds still"
        return Refusal("conflict", problem, "end it first, then review it")
    if glass.reviewed_at is not None:
        problem = f"break-glass {glass.name!r} was reviewed by {glass.reviewed_by!r}"
        return Refusal("conflict", problem, "there is nothing left to review")
    if same_name(by, glass.who):
        return Refusal("self", f"{by!r} broke this glass", "another admin reviews it")
    if not includes(own, "admin"):
        return Refusal("break_glass", f"{by!r} is an admin by break-glass alone", "an admin reviews it")
    return None


def _enliven(glass: Glass) -> None:
    if glass.ended_at is None:
        glass.live = True


def _unknown(name: str) -> Refusal:
    return Refusal("not_found", f"no break-glass {name!r} here", "'interlock break-glass show' lists them")
