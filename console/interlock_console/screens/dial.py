"""The dial of an agent, a role, a tool or the fleet: down by one key, at once; up by the end of an order's id."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from interlock.levels import LEVELS
from interlock.text import visible_line
from interlock_console import allowed, dialing
from interlock_console.aim import FLEET, Aim, of_scope, words
from interlock_console.autonomy import autonomy
from interlock_console.keys import Key
from interlock_console.output import age
from interlock_console.proof import Proof
from interlock_console.screens import View, app_of
from interlock_console.screens.box import HEX, Box
from interlock_console.station import Station
from interlock_console.widgets.ink import Pieces, said
from interlock_console.widgets.labelled import fact, titled, wrapped

__all__ = ["DialDialog", "choices"]

Json = dict[str, Any]

WHOM = {"a": "agent", "r": "role", "t": "tool", "f": "fleet"}
TURNS = {"s": "stopped", "r": "read-only", "h": "shadow", "k": "ask", "a": "auto"}
_CLASSES = ("write", "danger", "read", "model")
_OTHERS = 2


def choices(view: View) -> tuple[dict[str, Aim], Aim | None]:
    """Return whom a dial may be about from here, by kind, and the one that is meant already: a row of a whole group."""
    group = view.scope()
    if group is not None:
        return {}, of_scope(*group)
    state = view.station.runs.get(view.target() or "")
    found: dict[str, Aim] = {}
    if state is not None:
        names = {"agent": state.agent, "role": state.role, "tool": state.tool}
        found = {kind: Aim(kind, name) for kind, name in names.items() if name.raw}
    return {**found, "fleet": FLEET}, None


class DialDialog(Box):
    """First whom, then how far. Whom there is to choose was taken, by exact name, when the key was pressed."""

    KEYS = (
        Key("dial.agent", "a", "letter('a')", "agent, auto", "this agent; then: turn it to auto", foot=1),
        Key("dial.role", "r", "letter('r')", "role, read-only", "this role; then: to read-only", foot=1),
        Key("dial.tool", "t", "letter('t')", "tool", "the tool that the run called last", foot=1),
        Key("dial.fleet", "f", "letter('f')", "fleet", "the whole fleet", foot=1),
        Key("dial.stopped", "s", "letter('s')", "stopped", "turn it to stopped", foot=1),
        Key("dial.shadow", "h", "letter('h')", "shadow", "turn it to shadow", foot=1),
        Key("dial.ask", "k", "letter('k')", "ask", "turn it to ask", foot=1),
        Key("dial.why", "i", "why", "reason", "say why; it goes into the record", foot=3),
        Key("dial.yes", "y", "turn", "turn it up", "turn it up, once the proof is right", foot=1),
        Key("dial.close", "q,escape", "leave", "close", "close; what was turned stays", foot=1),
    )
    DOES = "dial"

    def __init__(
        self, station: Station, whom: Mapping[str, Aim], meant: Aim | None = None, level: str = ""
    ) -> None:
        """``whom`` are the choices by kind; ``meant`` is the scope, where it is known; ``level`` is what was typed."""
        super().__init__(station)
        self.choices, self.aim, self.level = dict(whom), meant, level
        self.raising = ""
        """The level that waits for its proof."""
        self.order = ""
        """The order whose end is asked for: the one that turned the dial where it was when raising began."""
        self.given = ""
        """The level that the policy in force gives the role; there is none before the hub told it."""
        self._told_of: tuple[object, ...] = ()
        """The role and the version of the policy that ``given`` was asked for."""

    @classmethod
    def begin(cls, view: View) -> None:
        """Open it for what is under the cursor now; not where the list moved as the key was pressed."""
        if not view.moved():
            app_of(view).push_screen(cls(view.station, *choices(view)))

    # What holds.

    @property
    def dials(self) -> list[Json]:
        """Every dial, as the hub told last."""
        return (self.station.head().hub or {}).get("dials") or []

    @property
    def dial(self) -> Json | None:
        """The dial of this very scope."""
        return None if self.aim is None else dialing.of_scope(self.dials, self.aim)

    @property
    def now(self) -> str:
        """Where it stands; without a dial that is ``auto``."""
        turned = (self.answer or {}).get("dial", self.dial)
        return str(turned["level"]) if turned else "auto"

    # Keys.

    def usable(self) -> tuple[Key, ...]:
        """Return the keys that count now, each with what it does now."""
        byletter = {key.keys: key for key in self.KEYS}
        close = byletter["q,escape"]
        if self.answer is not None:
            return (close,)
        if self.aim is None:
            return (
                *(replace(byletter[k], says=kind) for k, kind in WHOM.items() if kind in self.choices),
                close,
            )
        turns = tuple(replace(byletter[k], says=level) for k, level in TURNS.items() if self._counts(k))
        proven = (byletter["y"],) if self.proof is not None else ()
        return (*turns, *proven, byletter["i"], close)

    def _counts(self, letter: str) -> bool:
        """Return whether a letter turns the dial now: letters that the proof is made of are the proof's."""
        return self.proof is None or letter not in HEX

    def action_letter(self, letter: str) -> None:
        """Take whom it is about; once that is known, how far it may go."""
        if not self.armed or self.waiting or self.answer is not None:
            return
        if self.aim is None:
            self.aim = self.choices.get(WHOM.get(letter, ""))
            if self.aim is not None:
                self.rearm()
        elif (level := TURNS.get(letter)) is not None:
            self._to(level)
        self.pulse()

    def _to(self, level: str) -> None:
        """Turn it down at once; ask for proof before it goes up."""
        dial = self.dial
        if dial is None or dialing.place(level) <= dialing.place(dial["level"]):
            self._send(level, "")
            return
        self.problem = allowed.missing(self.station.head().hub, "approver", "to turn a dial up")
        if self.problem:
            return
        self.raising, self.order = level, str(dial["order"])
        self.proof = Proof(self.order[-4:], HEX)
        self.rearm()

    def action_turn(self) -> None:
        """Turn it up. Nothing is sent before the proof is right."""
        self.pulse()  # where it was turned since it was painted, what was typed is void
        proof = self.proof
        if self.armed and not self.waiting and self.answer is None and proof is not None and proof.given:
            self._send(self.raising, proof.typed)

    def _send(self, level: str, proof: str) -> None:
        aim = self.aim
        if aim is not None:
            body = {"scope": aim.scope, "level": level, "reason": self.reason, "proof": proof}
            self.send(lambda client: client.post("/v1/dial", body))

    def became(self, answer: Json) -> str:
        """Say where it stands now."""
        was = visible_line(str(answer.get("was")), 10)
        aim = self.aim
        if aim is None:
            return ""
        others = [dial for dial in self.dials if dial.get("scope") != aim.scope]
        own = [answer["dial"]] if answer.get("dial") else []
        held = dialing.in_force(aim.scope, was, [*own, *others], self.given)
        return f"the dial of {aim.said} stands at {self.now}; it was {was}{'; ' if held else ''}{held}"

    def _ask_policy(self) -> None:
        """Ask how far the policy lets the role go, once of each version: a dial says nothing of it."""
        aim = self.aim
        active: Json = (self.station.head().hub or {}).get("policy") or {}
        if aim is None or aim.kind != "role" or self._told_of == (aim.name.raw, active.get("digest")):
            return
        asked, scope = (aim.name.raw, active.get("digest")), aim.scope
        self._told_of, self.given = asked, ""

        def done(answer: Json | None, problem: str) -> None:
            del problem
            if self._told_of == asked:
                self.given = str((answer or {}).get("level") or "")

        self.station.desk.ask(lambda client: {"level": autonomy(client, scope)}, done)

    # What is shown.

    def pulse(self) -> None:
        """Follow the dial: where somebody else turns it meanwhile, the proof is asked for anew."""
        self._ask_policy()
        dial = self.dial
        if self.proof is not None and not self.waiting and self.answer is None:
            order = str(dial["order"]) if dial else ""
            if order != self.order:
                self.proof, self.raising, self.order = None, "", ""
                self.rearm()
        super().pulse()

    def said(self, width: int) -> list[Pieces]:
        """Return whom there is to choose, or where the dial stands, whom it reaches, and what each level means."""
        stale = self.station.head().age_word
        if self.aim is None:
            return [
                titled("DIAL: of whom?", stale, width),
                *self._whom(width),
                self.closes("close; nothing was turned"),
            ]
        lines = [titled(said(f"DIAL of {self.aim.said}", width - 14), stale, width), *self._stands(width)]
        if self.answer is not None:
            lines += wrapped("turned", f"{self.became(self.answer)}; {dialing.DOES[self.now]}", "live", width)
            if self.answer.get("unrecorded"):
                lines += wrapped(
                    "", "UNRECORDED: it holds, and is written down once there is room", "alarm", width
                )
            return [*lines, self.closes("close")]
        lines += [*self._reach(width), *self._levels(width), *self.sent(width)]
        lines += self.asks(self.order, f"turn it up to {self.raising}")
        return [*lines, self.closes("close; nothing was turned")]

    def _whom(self, width: int) -> Iterable[Pieces]:
        for letter, kind in WHOM.items():
            aim = self.choices.get(kind)
            name = said(aim.said, width - 24) if aim is not None else f"no {kind} under the cursor"
            dial = dialing.of_scope(self.dials, aim) if aim is not None else None
            at = f"   at {visible_line(str(dial['level']), 10)}" if dial is not None else ""
            yield [(f" {letter} ", "key"), (name, "text" if aim is not None else "dim"), (at, "held")]

    def _stands(self, width: int) -> Iterable[Pieces]:
        aim, now, wall = self.aim, self.dial, self.station.wall()
        if aim is None:
            return
        if now is None:
            yield fact("now", "auto: no dial of it holds anything back", "text")
        else:
            yield from wrapped("now", dialing.told(now, age(wall - float(now["at"]))), "held", width, 2)
        given = self.given
        if given and dialing.place(given) < dialing.place(self.now):
            told = f"{given} by its autonomy; no dial goes above that, 'interlock policy push' does"
            yield from wrapped("policy", told, "held", width, 2)
        others = [dial for dial in self.dials if dial is not now and self._meets(dial)]
        for dial in sorted(others, key=lambda each: dialing.place(each["level"]))[:_OTHERS]:
            of = said(words(dial.get("scope")), 24)
            yield fact(
                "also",
                said(f"{of} at {dialing.told(dial, age(wall - float(dial['at'])))}", width - 14),
                "held",
            )
        if aim.exact:
            yield from wrapped("exactly", aim.exact, "dim", width, 2)

    def _meets(self, dial: Json) -> bool:
        """Return whether another dial holds for a run of this scope too, as far as the feed tells."""
        scope: Json = dial.get("scope") or {}
        kind, name = next(iter(scope.items()), ("", ""))
        other = FLEET if kind == "fleet" else of_scope(str(kind), str(name))
        aim, runs = self.aim, self.station.runs.values()
        return aim is not None and any(dialing.over(run, aim) and dialing.over(run, other) for run in runs)

    def _reach(self, width: int) -> Iterable[Pieces]:
        aim = self.aim
        if aim is None:
            return
        found = dialing.reach(self.station.runs.values(), aim)
        runs = f"{found.runs} run{'s' * (found.runs != 1)}"
        which = "that called it" if aim.kind == "tool" else "at work"
        levels = ", ".join(f"{found.levels[name]} {name}" for name in LEVELS if found.levels[name])
        flying = ", ".join(f"{found.flying[cls]} {cls}" for cls in _CLASSES if found.flying[cls])
        told = f"{runs} {which}{': ' if levels else ''}{levels}; and {aim.later}"
        if aim.kind == "tool":
            told = f"{runs} {which}{': ' if levels else ''}{levels}; and every later call of it"
        yield from wrapped("reaches", told, "text", width, 2)
        yield fact(
            "in flight", said(f"{flying or 'no gated call'}: goes on, a dial is for what starts", width - 14)
        )

    def _levels(self, width: int) -> Iterable[Pieces]:
        aim = self.aim
        found = dialing.reach(self.station.runs.values(), aim) if aim is not None else None
        for letter, level in TURNS.items():
            here = level == self.now
            down = found.lower(level) if found is not None else 0
            falls = f" ({down} go down)" if down and dialing.place(level) < dialing.place(self.now) else ""
            up = "" if dialing.place(level) <= dialing.place(self.now) else " (up)"
            mark = ">" if level in (self.raising, self.level) else " "
            tail = " (now)" if here else up or falls
            room = width - 15 - len(tail)
            yield [
                (mark, "mark"),
                (f"{letter if self._counts(letter) else ' '} ", "key"),
                (f"{level:<10} ", "shadow" if level == "shadow" else "head"),
                (said(dialing.DOES[level], room), "dim" if here else "text"),
                (tail, "held"),
            ]
