"""The commands of the linear console, by word; a number means the run that was listed with it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.words import need, phrase, word
from interlock_console import receipts
from interlock_console.client import segment
from interlock_console.commands import _feed
from interlock_console.commands.show import facts
from interlock_console.filters import parse
from interlock_console.habits import Habits
from interlock_console.linear import asks
from interlock_console.linear.changes import about, needs, seen
from interlock_console.orders import pointless
from interlock_console.output import line

if TYPE_CHECKING:
    from interlock_console.linear.session import Session

__all__ = ["Verbs"]

_LISTED = 20
_PAGE = 20

HELP = (
    ("needs", "list the runs that need somebody"),
    (
        "list",
        "list all runs; list TEXT, or find TEXT, those that fit a filter such as role:support state:paused",
    ),
    ("find odd:*", "list the runs that call a tool which no other run of their role calls"),
    (
        "show N",
        "one run with its receipts; N is a number of the last list, or a run's id; N alone does the same",
    ),
    (
        "open N",
        "its trace from the beginning, a page at a time; then next, back, or last for the newest page",
    ),
    ("pause N, resume N", "hold the run's next call, or let it go on"),
    ("kill N", "pause it at once, then ask whether to kill it for good"),
    *asks.HELP,
    ("quit", "leave; agents and hub go on"),
)


class Verbs:
    """Obeys one line at a time."""

    def __init__(self, session: "Session") -> None:
        self._session, self._voice = session, session.voice
        self._listed: list[str] = []
        self._opened, self._after, self._newest = "", 0, 0
        self._words: dict[str, Callable[[str], None]] = {
            "help": self._help, "list": self._list, "needs": self._needs, "find": self._list, "show": self._show,
            "open": self._open, "next": self._next, "back": self._back, "last": self._last, "pause": self._pause,
            "resume": self._resume, "kill": self._kill, "quit": self._quit, **asks.Asks(session).words,
        }  # fmt: skip

    def obey(self, text: str) -> None:
        """Obey one line; what is not understood is said, never guessed."""
        name, _, rest = text.strip().partition(" ")
        if not name:
            return
        verb = self._words.get(name.casefold())
        if verb is not None:
            verb(rest.strip())
        elif not rest and self._find(name, quiet=True):
            self._show(name)
        else:
            self._voice.say(f"no command and no run {line(name, 60)!r}; type help")

    def _help(self, _: str) -> None:
        for words, says in HELP:
            self._voice.say(f"{words}: {says}")

    def _quit(self, _: str) -> None:
        self._session.over = True

    def _needs(self, _: str) -> None:
        self._print([state for state in self._states() if needs(state)], "need somebody")

    def _list(self, text: str) -> None:
        habits = Habits()
        for state in self._states():
            habits.put(state)
        sought = parse(text, odd=habits.names)
        if sought.problem:
            self._voice.say(sought.problem)
        now = self._session.station.wall()
        self._print([one for one in self._states() if sought.fits(one, now)], "fit" if text else "in all")

    def _states(self) -> list[RunState]:
        return sorted(seen(self._session.station.runs.values()), key=need)

    def _print(self, states: list[RunState], what: str) -> None:
        head = self._session.head
        if not head.loaded:
            self._voice.say(f"no data yet from the hub. {line(head.problem)}")
            return
        if head.stale or head.link == "away":
            self._voice.say(f"{head.age_word or 'HUB AWAY'}: this is from before")
        self._voice.say(f"{len(states)} of {len(self._session.runs())} runs {what}")
        self._listed = [state.run for state in states[:_LISTED]]
        for number, state in enumerate(states[:_LISTED], 1):
            self._voice.say(f"{number}. {about(state)}")
        if len(states) > _LISTED:
            self._voice.say(f"and {len(states) - _LISTED} more; find TEXT narrows the list")

    def _find(self, name: str, quiet: bool = False) -> str:
        """Return the id that a number or the beginning of an id means, or nothing, and say why."""
        if name.isascii() and name.isdigit() and 0 < int(name[:6]) <= len(self._listed):
            return self._listed[int(name[:6]) - 1]
        found = (
            [run for run in self._session.station.runs if name and run.startswith(name)]
            if len(name) > 3
            else []
        )
        if len(found) == 1:
            return found[0]
        if not quiet:
            many = f"{len(found)} runs begin with that" if found else "no such number or run"
            self._voice.say(f"{line(name, 60)!r}: {many}; list gives numbers")
        return ""

    # Reading.

    def _show(self, name: str) -> None:
        if not (run := self._find(name)):
            return
        answer = self._session.ask(lambda client: client.get(f"/v1/runs/{segment(run)}"))
        if answer is None:
            return
        state = RunState.from_json(answer["run"])
        self._voice.say(f"{state.run}: {word(state).word}. {line(phrase(state))}")
        for label, said in facts(state):
            if said:
                self._voice.say(f"{label}: {said}")
        for receipt in (receipts.of(each, state) for each in answer["receipts"]):
            self._voice.say(
                f"{line(receipt['verb'])} by {line(receipt['by'])}: {receipts.head(receipt).text}"
            )
            for row in receipts.lines(receipt):
                self._voice.say(f"{row.label}: {row.text}")

    def _open(self, name: str) -> None:
        if run := self._find(name):
            self._opened, self._after = run, 0
            self._page()

    def _next(self, _: str) -> None:
        self._after += _PAGE
        self._page()

    def _back(self, _: str) -> None:
        self._after = max(0, self._after - _PAGE)
        self._page()

    def _last(self, _: str) -> None:
        state = self._session.station.runs.get(self._opened)
        self._after = max(0, (state.n if state else 0) - _PAGE)
        self._page()

    def _page(self) -> None:
        if not self._opened:
            self._voice.say("no run is open; open N opens one")
            return
        path, after = f"/v1/runs/{segment(self._opened)}/events", self._after
        answer = self._session.ask(lambda client: client.get(path, after=after, limit=_PAGE))
        if answer is None:
            return
        for item in answer["items"]:
            self._voice.say(f"{item['n']}. {_feed.line_of(item)}")
        state = self._session.station.runs.get(self._opened)
        left = (state.n if state else 0) - after - len(answer["items"])
        self._voice.say(
            f"{left} more events; next, back, last" if left > 0 else "that is the newest; back, last"
        )

    # Acting.

    def _pause(self, name: str) -> None:
        if run := self._may("pause", name):
            self._session.order("pause", run)

    def _resume(self, name: str) -> None:
        if run := self._may("resume", name):
            self._session.order("resume", run)

    def _kill(self, name: str) -> None:
        run = self._may("kill", name)
        if not run:
            return
        self._session.order("pause", run)
        state = self._session.station.runs.get(run)
        who = f"{line(state.agent, 30)} {shorten(run)}" if state else shorten(run)
        context = self._session.station.context
        at = f" in PRODUCTION {context.name}" if context.production else ""
        self._voice.say(f"type kill to kill {who}{at} for good; anything else leaves it as it is now")
        self._session.asked = lambda typed: self._killed(run, typed)

    def _killed(self, run: str, typed: str) -> None:
        if typed.strip().casefold() == "kill":
            self._session.order("kill", run)
        else:
            self._voice.say(f"not killed; resume {shorten(run)} lets it go on if it is paused")

    def _may(self, verb: str, name: str) -> str:
        """Return the run to act on, or nothing, with the reason said."""
        station = self._session.station
        if station.looks_only:
            self._voice.say(f"nothing was sent: {station.off('responder', verb)}")
            return ""
        run = self._find(name)
        why = "" if self._session.head.stale or not run else pointless(station.runs.get(run), verb)
        if why:
            self._voice.say(why)
        return "" if why else run
