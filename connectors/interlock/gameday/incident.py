"""The fixed incident, for when nobody sits at a terminal: find the runaway, stop it, prove it, let another go on."""

import time
from typing import Any

from interlock.clock import boot
from interlock.gameday.agent.runaway import AGENT
from interlock.gameday.proof import Reading, effects_of, judge, read_effects
from interlock.gameday.stage import StageError
from interlock.gameday.teller import Teller
from interlock.ids import shorten
from interlock.runs import LOOP_AT
from interlock.text import visible_line

__all__ = ["Incident"]

Json = dict[str, Any]

STILL_SECONDS = 3.0
"""How long the ledger is watched after the confirmed receipt."""
_REASON = "refunds one order again and again"


class Incident:
    """Plays it and tells it. Raises StageError with a clear sentence where it cannot go on."""

    def __init__(self, teller: Teller) -> None:
        self._teller, self._operator, self._stage = teller, teller.operator, teller.stage
        self._say, self._wait_for = teller.say, teller.wait
        self._said = "the ledger was not asked"
        self.summary: Json = {}
        """What was found, once it was played: ``ok``, ``run``, ``receipt``, ``effects`` in the ledger, ``problems``."""

    def play(self) -> list[str]:
        """Return what speaks against what the commands claimed; nothing where all of it was seen to be true."""
        run, problems = self._play()
        self._sum_up(run, problems)
        self.summary |= {"ok": not problems, "run": run, "problems": problems}
        return problems

    def _play(self) -> tuple[str, list[str]]:
        run = self._wait_for("the runaway", self._runaway)["run"]
        self._say(f"found: {shorten(run)} makes the same refund again and again; killing it")
        receipt, told = self._kill(run)
        self._pause_and_resume(run)
        time.sleep(max(0.0, told.boot + STILL_SECONDS - boot()))
        return run, self._verdict(receipt, told)

    # finding

    def _runs(self) -> list[Json]:
        return list(self._operator.asks("runs", "--limit", "500")[1]["runs"])

    def _runaway(self) -> Json | None:
        wild = (run for run in self._runs() if run["agent"] == AGENT and run["repeat"] >= LOOP_AT)
        return next((run for run in wild if run["phase"] == "running" and not run["stop"]), None)

    # killing

    def _kill(self, run: str) -> tuple[Json, Reading]:
        words = ("kill", run, "--reason", _REASON, "--wait", "confirmed", "--timeout", "15")
        code, answer = self._operator.asks(*words)
        receipt = _receipt(answer)
        wall, now, effects = time.time(), boot(), read_effects(self._stage.effects)
        told = Reading(wall, now, len(effects_of(effects, self._family(run))))
        if code or "confirmed" not in _stages(receipt):
            waits = "; ".join(receipt["waits_for"]) or f"exit code {code}"
            raise StageError(f"the kill of {run} was not confirmed: {waits}")
        self._say(
            f"the receipt says confirmed, {_stages(receipt)['confirmed']['ms']:.0f} ms after the order arrived"
        )
        return receipt, told

    def _family(self, run: str) -> list[str]:
        """Return the run and its descendants, as the hub knows them now."""
        family, runs = [run], self._runs()
        for known in family:
            family += [child["run"] for child in runs if child["parent"] == known]
        return family

    def _verdict(self, receipt: Json, told: Reading) -> list[str]:
        runs = self._family(receipt["run"])
        effects = effects_of(read_effects(self._stage.effects), runs)
        later = Reading(time.time(), boot(), len(effects))
        problems = judge(effects, _stages(receipt)["confirmed"]["at"], told, later)
        if not effects:
            return [*problems, "the ledger knows no effect of the run at all, so it proves nothing"]
        last = (told.boot - effects[-1]["boot"]) * 1000
        self.summary = {"receipt": receipt, "effects": len(effects)}
        self._said = (
            f"the ledger's file holds {len(effects)} effects of {shorten(receipt['run'])}, the last one stamped "
            f"{last:.0f} ms before the receipt was read, and none in the {later.boot - told.boot:.1f} s since"
        )
        return problems

    # pausing

    def _pause_and_resume(self, killed: str) -> None:
        run, before = self._wait_for("a run to pause", lambda: self._still(killed))
        self._say(f"{shorten(run)} is paused and drained: nothing new in it for 1 s; resuming it")
        code, answer = self._operator.asks(
            "resume", run, "--reason", "looked at it, all good", "--timeout", "10"
        )
        if code:
            raise StageError(
                f"the resume of {run} was not acknowledged: {'; '.join(_receipt(answer)['waits_for'])}"
            )
        self._wait_for(f"{run} to go on", lambda: {"run": run} if self._work(run) != before else None)
        self._say(f"{shorten(run)} goes on")

    def _still(self, killed: str) -> tuple[str, tuple[Any, ...]] | None:
        """Pause a run and see it stand still; None where none was there, or it had done all its calls and ended."""
        paused = self._paused(killed)
        if paused is None:
            return None
        run = str(paused["run"])
        before = self._work(run)
        time.sleep(1.0)
        after = self._work(run)
        if "running" not in before or "running" not in after:
            return None
        if after != before:
            raise StageError(f"run {run} went on although it is paused and drained")
        return run, before

    def _paused(self, killed: str) -> Json | None:
        """Pause a healthy run. They are short: one may end while the order is on its way, then it is the next."""
        for run in self._runs():
            if run["agent"] != "support" or run["phase"] != "running" or run["stop"] or run["run"] == killed:
                continue
            words = (
                "pause",
                run["run"],
                "--reason",
                "a second look",
                "--wait",
                "confirmed",
                "--timeout",
                "8",
            )
            _, answer = self._operator.asks(*words)
            if "receipts" in answer and "drained" in _stages(_receipt(answer)):
                return run
        return None

    def _work(self, run: str) -> tuple[Any, ...]:
        state = self._operator.asks("show", run, "--events", "1")[1]["run"]
        return (state["calls"], state["models"], state["phase"])

    # printing

    def _sum_up(self, run: str, problems: list[str]) -> None:
        self._say("the receipt:")
        for words in (("show", run, "--events", "1"), ("audit", "verify")):
            self._teller.lines(self._operator.types(*words)[1].split("\n"))
        self._say(self._said)
        for problem in problems:
            self._say(f"FAILED: {problem}")
        if not problems:
            self._say(
                "confirmed stopped: by the hub's receipt, and by the ledger, which knows nothing of hubs"
            )


def _receipt(answer: Json) -> Json:
    if "receipts" not in answer:
        problem = answer.get("error", {}).get("problem", "no receipt")
        raise StageError(f"the order was refused: {visible_line(str(problem))}")
    return dict(answer["receipts"][0])


def _stages(receipt: Json) -> dict[str, Json]:
    return {stage["stage"]: stage for stage in receipt["stages"]}
