"""Letting many runs go on, or asking many to end: in waves, behind a brake that stops when too many fail.

Kill and pause are one order for all and never braked. Resume and cancel go to 10 runs, then 50, then 200 at a time.
After each wave the targets that failed (refused, not acknowledged within 5 s, lost, no certain answer) are counted;
when they are at least three and more than a fifth, nothing further is sent, and every target says what it got.

:class:`Waves` decides and is pure; :class:`Bulk` sends, on the desk's threads.
"""

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

from interlock_console.aim import of_runs
from interlock_console.client import segment
from interlock_console.desk import new_key
from interlock_console.output import line
from interlock_console.receipts import reached
from interlock_console.state import Note
from interlock_console.station import Station

__all__ = ["SIZES", "Bulk", "Waves"]

Json = dict[str, Any]

SIZES = (10, 50, 200)
"""Targets of the first waves; the last number is that of all that follow."""
SHARE, LEAST = 0.2, 3
"""The brake: nothing further is sent once more than this share, and at least so many, of a wave or of all failed."""
ACK_WITHIN = 5.0
WAITS, SENT, DONE, FAILED, NOT_SENT = "waits", "sent", "acknowledged", "FAILED", "NOT SENT"


class Waves:
    """Which targets come next, what became of each, and whether to go on."""

    def __init__(self, targets: Iterable[str], sizes: Sequence[int] = SIZES) -> None:
        self.targets = tuple(dict.fromkeys(targets))
        self.told: dict[str, tuple[str, str]] = dict.fromkeys(self.targets, (WAITS, ""))
        """Target -> one of the words above, and why."""
        self.stopped = ""
        """Why nothing further is sent; empty while it goes on or when all was sent."""
        self._sizes, self._wave, self._at = sizes, 0, 0

    @property
    def over(self) -> bool:
        """Whether nothing is left to send."""
        return bool(self.stopped) or self._at >= len(self.targets)

    def count(self, word: str) -> int:
        """Return how many targets are at this word."""
        return sum(told == word for told, _ in self.told.values())

    def next(self) -> tuple[str, ...]:
        """Return the next wave, empty when there is none."""
        if self.over:
            return ()
        size = self._sizes[min(self._wave, len(self._sizes) - 1)]
        wave = self.targets[self._at : self._at + size]
        self._wave, self._at = self._wave + 1, self._at + len(wave)
        self.told.update(dict.fromkeys(wave, (SENT, "")))
        return wave

    def took(self, wave: Sequence[str], failed: dict[str, str]) -> None:
        """Take what became of a wave: ``failed`` has the sentence of each target that failed. Brake if it must."""
        for run in wave:
            self.told[run] = (FAILED, failed[run]) if run in failed else (DONE, "")
        bad, sent = len(failed), len(wave)
        for count, of in ((bad, sent), (self.count(FAILED), self._at)):
            if count >= LEAST and count > SHARE * of and self._at < len(self.targets):
                self.stop(f"the error brake: {count} of {of} failed")
                return

    def stop(self, why: str) -> None:
        """Send nothing further; what was sent stands."""
        if self.over:
            return
        self.stopped = why
        for run in self.targets[self._at :]:
            self.told[run] = (NOT_SENT, why)


class Bulk:
    """Sends the waves of one verb, one after another. Read by the screen, moved by the desk's threads."""

    def __init__(self, station: Station, verb: str, runs: Iterable[str]) -> None:
        self.verb, self.waves = verb, Waves(runs)
        self.orders: list[str] = []
        """The order of each wave, in their order."""
        self.ended = False
        self._station, self._lock = station, Lock()
        self._key = ""

    def start(self) -> None:
        """Send the first wave. The waves are this console's: they end with it."""
        self._station.bulks.append(self)
        self._go_on()

    def stop(self) -> None:
        """Send nothing further; the wave that is on its way goes on."""
        with self._lock:
            self.waves.stop("you stopped it")

    def told(self) -> dict[str, tuple[str, str]]:
        """Return what became of each target so far."""
        with self._lock:
            return dict(self.waves.told)

    @property
    def said(self) -> str:
        """How far it got, as one sentence."""
        with self._lock:
            waves = self.waves
            counts = f"{waves.count(DONE)} of {len(waves.targets)} acknowledged"
            counts += "".join(
                f", {count} {word}"
                for word in (FAILED, NOT_SENT, SENT, WAITS)
                if (count := waves.count(word))
            )
            why = f"; stopped by {waves.stopped}" if waves.stopped else ""
        return f"{self.verb}: {counts}{why}"

    def _go_on(self) -> None:
        with self._lock:
            wave = self.waves.next()
        if not wave:
            self.ended = True
            bad = self.waves.stopped or self.waves.count(FAILED)
            self._station.tell(Note(self._station.wall(), "", self.said, "alarm" if bad else "text"))
            return
        self._key = new_key()
        self._send(wave, again=True)

    def _send(self, wave: tuple[str, ...], *, again: bool) -> None:
        body: Json = {
            "verb": self.verb,
            **of_runs(wave).body,
            "partial": True,
            "reason": self._station.reason,
        }

        def done(answer: Json | None, problem: str) -> None:
            if answer is not None:
                self._wait(wave, answer)
            elif again and "not certain" in problem:
                # The same key: the hub knows whether it had this wave already.
                self._send(wave, again=False)
            else:
                self._took(wave, dict.fromkeys(wave, problem))

        self._station.desk.give(body, self._key, done)

    def _wait(self, wave: tuple[str, ...], answer: Json) -> None:
        failed = {str(no["run"]): line(no["problem"]) for no in answer.get("refused") or ()}
        order = str(answer.get("order") or "")
        if not order or len(failed) == len(wave):
            self._took(wave, failed or dict.fromkeys(wave, "the hub named no order"))
            return
        self.orders.append(order)

        def done(found: Json | None, problem: str) -> None:
            for run in wave:
                if run not in failed and (why := _why(run, found or answer, problem)):
                    failed[run] = why
            self._took(wave, failed)

        path = f"/v1/orders/{segment(order)}"
        self._station.desk.ask(
            lambda client: client.get(path, within=ACK_WITHIN + 5, wait="acknowledged", timeout=ACK_WITHIN),
            done,
        )

    def _took(self, wave: tuple[str, ...], failed: dict[str, str]) -> None:
        with self._lock:
            self.waves.took(wave, failed)
        self._go_on()


def _why(run: str, answer: Json, problem: str) -> str:
    """Return why this target counts as failed, nothing if every gate of it answered."""
    receipt: Json | None = next((made for made in answer.get("receipts") or () if made["run"] == run), None)
    if receipt is None:
        return _left_out(run, answer, problem)
    if reached(receipt, "acknowledged"):
        return ""
    waits = "; ".join(line(why) for why in receipt.get("waits_for") or ())
    return problem or f"not acknowledged within {ACK_WITHIN:.0f} s" + (f": {waits}" if waits else "")


def _left_out(run: str, answer: Json, problem: str) -> str:
    """Judge a target whose receipt is not among the first ones, because it has many descendants, by the summary."""
    summary: Json = answer.get("summary") or {}
    waiting = summary.get("waiting") or ()
    if not answer.get("more") or problem:
        return problem or "the hub named no receipt of it"
    if any(entry["run"] == run for entry in waiting) or summary.get("waiting_total", 0) > len(waiting):
        return f"not known to be acknowledged within {ACK_WITHIN:.0f} s"
    return ""
