"""Orders to an agent, a role or the fleet ask first: a menu, then whom it would reach, then the count as proof."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from interlock_console import combined, targets
from interlock_console.aim import FLEET, Aim, of_runs, of_scope, reaches
from interlock_console.bulk import Bulk
from interlock_console.combined import Row
from interlock_console.keys import Key
from interlock_console.screens import Dialog, View, app_of
from interlock_console.screens.ordering import Ordering
from interlock_console.screens.waves import WavesDialog
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.footer import Footer
from interlock_console.widgets.ink import Pieces, said
from interlock_console.widgets.labelled import fact, wrapped

__all__ = ["ScopeDialog", "ScopeMenu", "ScopeQuestion"]

Json = dict[str, Any]

VERBS = {"p": "pause", "r": "resume", "c": "cancel", "k": "kill"}
_ASK_EVERY = 2.0
GROWN_BY, GROWN_SHARE = 3, 0.2
"""How much larger than it was counted a set has to be before its count is asked for again: both of them."""
_DOES = {
    "kill": "nothing of them starts again; a killed run never resumes",
    "pause": "their next tool or model call is held",
    "cancel": "each agent is asked to end by itself; nothing is stopped by force",
    "resume": "what is paused by name goes on, in waves; a standing pause is only lifted with L in :orders",
}


class ScopeMenu(Dialog):
    """First whom, then what. Nothing is sent from here."""

    KEYS = (
        Key("scope.agent", "a", "whom('agent')", "agent", "this agent", foot=1),
        Key("scope.resume", "r", "letter('r')", "role, resume", "this role; then: resume", foot=1, cap="r"),
        Key("scope.fleet", "f", "whom('fleet')", "fleet", "the whole fleet", foot=1),
        Key("scope.pause", "p", "letter('p')", "pause", "pause it", foot=2),
        Key("scope.cancel", "c", "letter('c')", "cancel", "ask it to end", foot=2),
        Key("scope.kill", "k", "letter('k')", "kill", "kill it", foot=2),
        Key("scope.close", "q,escape", "leave", "close", "close; nothing was sent", foot=1),
    )

    def __init__(self, station: Station, agent: Aim | None, role: Aim | None) -> None:
        """``agent`` and ``role`` are those of the row the key was pressed on, taken then."""
        super().__init__(station)
        self.choices = {"agent": agent, "role": role, "fleet": FLEET}
        self.aim: Aim | None = None
        self.question = ScopeQuestion(self)
        self.foot = Footer(self.usable())

    def usable(self) -> tuple[Key, ...]:
        """Return the letters that count now: whom it is about, and once that is known, what to do."""
        if self.aim is None:
            known = [
                (kind, key) for kind, key in zip(self.choices, self.KEYS, strict=False) if self.choices[kind]
            ]
            return (*(replace(key, says=kind) for kind, key in known), self.KEYS[-1])
        acts = (replace(key, says=VERBS[key.keys]) for key in self.KEYS if key.keys in VERBS)
        return (*acts, self.KEYS[-1])

    @classmethod
    def begin(cls, view: View) -> None:
        """Open the menu for what is under the cursor now; a row of a whole group goes on to what to do with it.

        It does not open where the list moved as the key was pressed: the view says so, and that nothing was sent.
        """
        if view.moved():
            return
        station = view.station
        if (group := view.scope()) is not None:
            menu = cls(station, *(_aim(group, kind) for kind in ("agent", "role")))
            menu.aim = of_scope(*group)
        else:
            state = station.runs.get(view.target() or "")
            known = state is not None and bool(state.agent.raw)
            agent = Aim("agent", state.agent) if state is not None and known else None
            menu = cls(station, agent, Aim("role", state.role) if state is not None and known else None)
        app_of(view).push_screen(menu)

    def compose(self) -> Iterable[Board]:
        """Ask."""
        yield self.question
        yield self.foot

    def action_whom(self, kind: str) -> None:
        """Take whom it is about."""
        if self.armed and self.aim is None and (aim := self.choices[kind]) is not None:
            self.aim = aim
            self.rearm()
            self.pulse()

    def action_letter(self, letter: str) -> None:
        """Take what to do; ``r`` is the role while it is not known yet whom it is about."""
        if self.aim is None:
            if letter == "r":
                self.action_whom("role")
            return
        if self.armed:
            aim, app = self.aim, app_of(self)
            self.dismiss()
            app.push_screen(ScopeDialog(self.station, VERBS[letter], aim))

    def action_leave(self) -> None:
        """Close; nothing was sent."""
        self.dismiss()

    def pulse(self) -> None:
        """Say when keys count, and which."""
        self.foot.show(self.usable())
        self.question.renew()


def _aim(group: tuple[str, str], kind: str) -> Aim | None:
    return of_scope(*group) if group[0] == kind else None


class ScopeQuestion(Board):
    """The menu's lines."""

    def __init__(self, menu: ScopeMenu) -> None:
        super().__init__(id="scope")
        self._menu = menu

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return whom there is to choose, or what to do with it."""
        del height
        menu = self._menu
        wait = "" if menu.armed else "keys count in a moment"
        if menu.aim is None:
            lines = [[(" An order to many: whom?", "head"), ("   nothing is sent from here", "dim")]]
            for letter, kind in (("a", "agent"), ("r", "role"), ("f", "fleet")):
                aim = menu.choices[kind]
                name = aim.said if aim is not None else f"no {kind} under the cursor"
                lines.append(
                    [(f" {letter} ", "key"), (said(name, width - 4), "text" if aim is not None else "dim")]
                )
        else:
            lines = [[(said(f" {menu.aim.said}: what?", width - 1), "head")]]
            lines += [[(f" {letter} ", "key"), (verb, "text")] for letter, verb in VERBS.items()]
        return [*lines, [(" q ", "key"), ("close   ", "text"), (wait, "dim")]]


class ScopeDialog(Ordering):
    """Whom the order would reach, asked again while a person reads; given to no more than were counted.

    A set that churns does not keep an order back: runs that went, and others that came in their place, change nothing,
    because an order by scope holds for newcomers by definition and its receipt names each run it reached. Only one that
    grew by :data:`GROWN_BY` runs and more than :data:`GROWN_SHARE` since its count was asked for is counted anew: the
    person had a smaller one in mind. What is in flight never keeps it back either: a stop interrupts no write, and a
    busy fleet would never be asked the same question twice.
    """

    def __init__(self, station: Station, verb: str, aim: Aim) -> None:
        super().__init__(station, verb, aim)
        self.scope = aim
        if verb == "resume" and aim.kind != "runs":
            # By id: a resume goes in waves, and its targets are those that are paused as the key is pressed.
            held = (
                run
                for run, state in station.runs.items()
                if state.hold and not state.stop and reaches(aim, state)
            )
            self.aim = of_runs(held)
        self.preview: Json | None = None
        self._counted: Json | None = None
        """The answer whose count is asked for."""
        self.problem = ""
        self.changes: list[Row] = []
        """What came and what went since the targets were counted; empty while they are the same."""
        self._answers: list[tuple[int, Json | None, str]] = []
        self._serial = self._confirming = 0
        self._asked_at = float("-inf")

    # The preview.

    def pulse(self) -> None:
        """Take the answers of the hub, and ask again from time to time until the order is given."""
        while self._answers and self.sent is None:
            self._take(*self._answers.pop(0))
        now = self.station.clock()
        if self._may_ask and now - self._asked_at >= _ASK_EVERY:
            self._ask()
        super().pulse()

    @property
    def _may_ask(self) -> bool:
        """Whether to ask by itself: not while a count is being typed, which must not change under the hand."""
        typing = self.proof is not None and bool(self.proof.typed)
        return self.sent is None and self._targets_known and not typing and not self._confirming

    @property
    def _targets_known(self) -> bool:
        return self.aim.kind != "runs" or bool(self.aim.runs)

    def _ask(self) -> int:
        self._serial += 1
        self._asked_at = self.station.clock()
        serial = self._serial
        body: Json = {"verb": self.verb, **self.aim.body, "partial": True}

        def done(answer: Json | None, problem: str) -> None:
            self._answers.append((serial, answer, problem))

        self.station.desk.preview(body, done)
        return serial

    def _take(self, serial: int, answer: Json | None, problem: str) -> None:
        confirms, self.problem = bool(self._confirming) and serial >= self._confirming, problem
        if answer is None:
            self._confirming = 0 if confirms else self._confirming
            return
        counted = self._counted
        self.preview = answer
        if counted is None:
            self._counted = answer
            self.asks_for(int(answer["total"]))
        elif _grew(counted, answer):
            self.changes = _changes(counted, answer)
            self._counted, self._confirming = answer, 0
            self.asks_anew(int(answer["total"]))
            return
        elif _grew(answer, counted) and not self._confirming and not (self.proof and self.proof.typed):
            self._counted = answer
            self.asks_for(int(answer["total"]))
        if confirms:
            self._confirming = 0
            self._give()

    def asks_anew(self, count: int) -> None:
        """Ask for the count of another set; what was typed for the one before is void, and so are quick keys."""
        self.asks_for(count)
        if self.proof is not None:
            self.proof.renew(str(count))
        self.rearm()

    # Giving it.

    def confirmed(self) -> None:
        """Look once more whether it is still the same set; only the answer to that gives the order."""
        if not self._confirming and self.preview is not None:
            self._confirming = self._ask()

    def _give(self) -> None:
        if self.aim.kind == "runs" and self.verb in ("resume", "cancel"):
            refused = {target["run"] for target in (self.preview or {})["targets"] if target["refused"]}
            bulk = Bulk(self.station, self.verb, [run for run in self.aim.runs if run not in refused])
            app = app_of(self)
            self.dismiss()
            WavesDialog.begin(app, self.station, bulk, self.scope.said)
        else:
            self.send(self.aim)

    def usable(self) -> tuple[Key, ...]:
        """Return the keys that do something: by id there has to be somebody to give the order to."""
        reached = self.aim.kind != "runs" or bool(self.preview and self.preview["total"])
        return tuple(key for key in super().usable() if reached or self.sent or key.name != "order.yes")

    # What is shown.

    def about(self, width: int) -> Iterable[Pieces]:
        """Say whom it would reach, what they do at the moment, and what the order does to later ones."""
        if not self._targets_known:
            yield fact("reach", f"no run of {self.scope.said} is paused, as far as the feed tells", "held")
            return
        if self.problem:
            yield fact(
                "hub", said(f"{self.problem}; nothing was sent, it is asked again", width - 12), "alarm"
            )
        if self.preview is None:
            yield fact("reach", "asking the hub whom it would reach; nothing is sent", "dim")
            return
        if exact := self.scope.exact:
            yield from wrapped("exactly", exact, "held", width, 2)
        yield from _reach(self.preview)
        yield from _apart(self._counted, self.preview, self.aim)
        yield fact("does", _DOES[self.verb])
        if self.aim.kind != "runs":
            yield from wrapped("later", f"also {self.aim.later} from now on, until lifted", "alarm", width, 2)
        if self.changes:
            yield fact(
                "CHANGED", "since it was counted; what came and went is listed first. Count anew", "alarm"
            )
        yield fact("reason", said(self.station.reason, width - 12), "dim")
        if self._confirming:
            yield fact("y", "looking whether they are still the same, then it is sent", "held")

    def targets(self) -> Sequence[Row]:
        """Return what changed, whom it cannot reach and why, then every target."""
        if self.preview is None:
            return ()
        rows = [*self.changes, *map(self._target, self.preview["targets"])]
        more = (
            int(self.preview["total"]) + int(self.preview.get("refused") or 0) - len(self.preview["targets"])
        )
        return [*rows, Row("", f"and {more} more", "dim")] if more > 0 else rows

    def _target(self, target: Json) -> Row:
        run = str(target["run"])
        if target["refused"]:
            return Row("refused", said(f"{run}  {target['refused']}"), "fault", run)
        known = self.station.runs.get(run)
        flying = [(call["cls"], call["tool"]) for call in target["in_flight"]]
        return targets.row(
            "target",
            "held" if flying else "text",
            run,
            (target["agent"], target["role"]),
            targets.state(known, target["phase"]),
            targets.calls(flying),
            targets.last(known, target.get("inherited_from")),
        )


def _reach(preview: Json) -> Iterable[Pieces]:
    total, silent, refused = (int(preview.get(name) or 0) for name in ("total", "silent", "refused"))
    told = f"{_many(total, 'run')} of {_many(int(preview['agents']), 'agent')}, {_many(int(preview['gates']), 'gate')}"
    yield [
        *fact("reach", told, "head"),
        (f", {silent} SILENT: not connected" if silent else "", "alarm"),
        (f", {refused} cannot be reached" if refused else "", "fault"),
    ]
    calls: Json = preview["in_flight"]
    spent = f"; {'$'}{float(preview['cost']):.2f} spent so far" if preview.get("cost") else ""
    yield fact("in flight", combined.flying(calls) + spent, "held" if any(calls.values()) else "text")


def _apart(counted: Json | None, preview: Json, aim: Aim) -> Iterable[Pieces]:
    """Say where what would be reached differs from what was counted, and where it is nobody."""
    if counted is not None and counted["digest"] != preview["digest"]:
        yield fact("since", f"{counted['total']} were counted; some came or went since", "held")
    if not preview["total"]:
        later = "it holds for later ones only" if aim.kind != "runs" else "there is nothing to give"
        yield fact("now", f"no run is reached now: {later}", "held")


def _grew(counted: Json, now: Json) -> bool:
    """Return whether the set is so much larger than the one that was counted that it is another question."""
    was, more = int(counted["total"]), int(now["total"]) - int(counted["total"])
    return more >= GROWN_BY and more > GROWN_SHARE * was


def _changes(before: Json, after: Json) -> list[Row]:
    was, now = ({t["run"]: t for t in told["targets"] if not t["refused"]} for told in (before, after))
    rows = [_came_or_went("CAME", "alarm", now[run]) for run in now if run not in was]
    rows += [_came_or_went("WENT", "held", was[run]) for run in was if run not in now]
    return rows or [
        Row("CHANGED", f"{before['total']} targets were counted, now they are {after['total']}", "alarm")
    ]


def _came_or_went(label: str, tone: str, target: Json) -> Row:
    return targets.row(label, tone, str(target["run"]), (target["agent"], target["role"]))


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
