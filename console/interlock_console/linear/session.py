"""One sitting: what is typed is obeyed, what happens is said, and the two take turns."""

from collections.abc import Callable
from queue import Empty, SimpleQueue

from interlock.runs import RunState
from interlock_console import glass, receipts
from interlock_console.client import Client, segment
from interlock_console.desk import Job, new_key
from interlock_console.linear.changes import Changes, seen
from interlock_console.linear.keyboard import Keyboard
from interlock_console.linear.voice import Voice
from interlock_console.output import Exit, line
from interlock_console.receipts import Json
from interlock_console.state import Head
from interlock_console.station import Station

__all__ = ["Session"]

_TURN = 0.2
_COALESCE = 1.0
"""Seconds between two looks at what changed."""
_LOAD = 10.0
_PROOF = 10.0
"""Seconds the end of the input waits for the proof of orders that were given."""


class Session:
    """Owns the station while it runs; everything here is on one thread, the desk's answers come by a queue."""

    def __init__(self, station: Station, typed: Keyboard, voice: Voice) -> None:
        from interlock_console.linear.verbs import Verbs

        self.station, self.typed, self.voice = station, typed, voice
        self.asked: Callable[[str], None] | None = None
        """Takes the next line instead of the commands: a question was asked."""
        self.over = False
        self._changes = Changes()
        self._dirty: set[str] | None = None
        """Runs that changed since they were last spoken of; None means all of them."""
        self._looked = self._polled = -1e9
        self._answers: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._orders: dict[str, dict[str, str]] = {}
        self._link = ("", "")
        self._verbs = Verbs(self)

    def run(self) -> int:
        """Return the exit code, once it is over."""
        self.voice.say(self._place())
        self._load()
        self._verbs.obey("needs")
        self.voice.say("type help for the commands")
        self.voice.prompt()
        while not self.over:
            self._turn()
        return Exit.OK if self.head.loaded else Exit.UNAVAILABLE

    @property
    def head(self) -> Head:
        """The link and the counts as of now."""
        return self.station.head()

    def _turn(self) -> None:
        said = self.typed.wait(_TURN)
        self._work()
        if said is not None:
            self.voice.entered(said)
            take, self.asked = self.asked or self._verbs.obey, None
            take(said)
            if not self.over and self.asked is None:
                self.voice.prompt()
        elif self.typed.ended:
            self._settle()
            self.over = True

    def _work(self) -> None:
        """Take in what came: answers, the feed, the state of the link."""
        while True:
            try:
                self._answers.get_nowait()()
            except Empty:
                break
        pull = self.station.fleet.pull()
        if pull.whole:
            self.station.runs, self._dirty = dict(pull.changed), None
        else:
            self.station.runs.update(pull.changed)
            self._dirty = None if self._dirty is None else self._dirty | pull.changed.keys()
        now = self.station.clock()
        self._linked(self.head)
        if now - self._looked >= _COALESCE and self.head.loaded:
            self._looked = now
            for text in self._changes.of(self.station.runs, self._dirty):
                self.voice.notice(text)
            self._dirty = set()
        if now - self._polled >= _COALESCE:
            self._polled = now
            for order in list(self._orders):
                self._poll(order)
        self.voice.flush()

    def _linked(self, head: Head) -> None:
        """Say it when the hub goes away, when it is back, and when what is known grows old."""
        hub = head.hub or {}
        standing = len(hub.get("standing") or ())
        link = "away" if head.link == "away" else "stale" if head.stale and head.loaded else head.link
        words = {
            "away": f"HUB AWAY: {head.problem}. What is listed is from before; orders may not arrive",
            "stale": f"{head.age_word}: nothing is heard from the hub. What is listed is from before",
            "live": "the hub is there, and what is listed is current",
        }
        more = [f"{standing} STANDING order{'s' * (standing != 1)}: also holds for new runs"] * bool(standing)
        more += [f"UNRECORDED: {hub['unrecorded']} entries are not on disk"] if hub.get("unrecorded") else []
        more += [f"ROLLED BACK: {line(hub['rolled_back'], 160)}"] if hub.get("rolled_back") else []
        broken = glass.line(hub.get("break_glass") or (), 30, None)
        said = (link, "; ".join([*more, broken] if broken else more))
        if said[0] != self._link[0] and link in words:
            self.voice.notice(words[link])
        if said[1] != self._link[1]:
            self.voice.notice(said[1] or "no order stands any more, and everything is recorded")
        self._link = said

    def _load(self) -> None:
        until = self.station.clock() + _LOAD
        while not self.head.loaded and self.station.clock() < until:
            self.pause()

    def pause(self) -> None:
        """Let a moment go by in which answers and the feed are taken in, and no line."""
        from time import sleep

        sleep(0.02)
        self._work()

    def _settle(self) -> None:
        """The input has ended: wait a while for the proof of what was ordered, and say what is still open."""
        until = self.station.clock() + _PROOF
        while self._orders and self.station.clock() < until:
            self.pause()
        for order, said in self._orders.items():
            self.voice.say(f"order {order} has not come further yet: {'; '.join(said.values())}")

    def _place(self) -> str:
        station, context = self.station, self.station.context
        said = [f"Interlock, context {context.name or 'without a name'} at {station.desk.hub.url}"]
        said += ["PRODUCTION"] * context.production + ["PLAIN HTTP"] * context.plain_http
        said += ["READ ONLY"] * station.looks_only
        return ", ".join([*said, f"token in {context.store or station.desk.hub.source}"])

    # For the commands.

    def ask(self, job: Job, within: float = 12.0) -> Json | None:
        """Ask the hub and wait for its answer; a problem is said and answered with None."""
        found: list[tuple[Json | None, str]] = []
        self.station.desk.ask(job, lambda answer, problem: found.append((answer, problem)))
        until = self.station.clock() + within
        while not found and self.station.clock() < until:
            self.pause()
        answer, problem = found[0] if found else (None, f"no answer in {within:.0f} s")
        if answer is None:
            self.voice.say(problem)
        return answer

    def order(self, verb: str, run: str) -> bool:
        """Give an order for one run, say how far it is, and follow it. Return whether the hub took it."""
        body = {"verb": verb, "runs": [run], "reason": self.station.reason}
        headers = {"Idempotency-Key": new_key()}

        def job(client: Client) -> Json:
            return client.post("/v1/orders", body, headers)

        answer = self.ask(job)
        if answer is None:
            self.voice.say(f"whether the {verb} arrived is not certain; show {line(run)} tells")
            return False
        for receipt in answer.get("receipts") or ():
            self._orders[str(receipt["order"])] = {}
            self._tell(receipt)
        return True

    def _poll(self, order: str) -> None:
        def done(answer: Json | None, _problem: str) -> None:
            if answer is not None:
                self._answers.put(lambda: self._told(answer))

        self.station.desk.ask(lambda client: client.get(f"/v1/orders/{segment(order)}"), done)

    def _told(self, answer: Json) -> None:
        for receipt in answer.get("receipts") or ():
            self._tell(receipt)

    def _tell(self, receipt: Json) -> None:
        """Say how far an order is with a run if that is news; with the last stage, or a lost proof, it is over."""
        known = self._orders.get(str(receipt["order"]))
        if known is None:
            return
        run, said = str(receipt["run"]), receipts.head(receipts.of(receipt, self._state(receipt))).text
        if known.get(run) != said:
            known[run] = said
            self.voice.notice(f"{line(receipt['verb'])} of {line(run)}: {said}")
        if receipts.complete(receipt):
            del self._orders[str(receipt["order"])]

    def _state(self, receipt: Json) -> RunState | None:
        return self.station.runs.get(str(receipt["run"]))

    def runs(self) -> list[str]:
        """Return the ids of every run that is somebody's."""
        return [state.run for state in seen(self.station.runs.values())]
