"""What needs a person, for when nobody is at a terminal: an approval, a rejection, a probe, and an effect made good.

All of it goes through the commands, and at the end the record is laid beside the ledger's own file.
"""

import time
from pathlib import Path
from typing import Any

from interlock.gameday.agent import claims, expenses, payout, supplier, trainee
from interlock.gameday.asking import record
from interlock.gameday.proof import ENDS, read_effects, reconcile
from interlock.gameday.stage import Hub, StageError
from interlock.gameday.teller import Teller
from interlock.text import visible_line

__all__ = ["Decisions", "agreed", "counted"]

Json = dict[str, Any]

SETTLE_SECONDS = 15.0
"""How long what is in flight may take to end: longer than any call of the sandbox may."""


class Decisions:
    """Plays them and tells them. Raises StageError with a clear sentence where it cannot go on."""

    def __init__(self, teller: Teller) -> None:
        self._teller, self._operator = teller, teller.operator
        self.summary: Json = {}
        """``approved``, ``rejected``, ``plan``, ``found`` by the probe, ``effects``, ``entries`` and ``problems``."""

    def play(self) -> list[str]:
        """Return what speaks against what the commands claimed."""
        approved = self._approve()
        rejected = self._reject()
        found = self._find()
        problems = self._friend()
        plan = self._make_good(approved["permit"], found)
        self.summary = {"approved": approved["id"], "rejected": rejected["id"], "plan": plan, "found": found}
        problems += self._book()
        said, counts = agreed(self._teller.hub, self._teller.stage.effects)
        self.summary |= counts
        self._teller.say(counted(said, counts))
        self.summary["problems"] = problems + said
        return problems + said

    def _does(self, *words: str) -> Json:
        """Type a command whose refusal ends the demo; return its answer."""
        code, answer = self._operator.asks(*words)
        if code:
            said = answer.get("error", {}).get("problem") or answer.get("why") or answer
            raise StageError(
                f"'interlock {' '.join(words[:2])}' ended with {code}: {visible_line(str(said), 400)}"
            )
        return answer

    def _waits(self, agent: str) -> Json:
        def look() -> Json | None:
            found = self._does("escalations")["escalations"]
            return next((each for each in found if each["agent"] == agent), None)

        return self._teller.wait(f"the request of {agent}", look)

    def _ended(self, name: str, state: str) -> Json:
        def look() -> Json | None:
            found = self._does("escalations", name)
            return (
                found
                if (found["state"], found["outcome"]) == (state, "done" if state == "used" else None)
                else None
            )

        return self._teller.wait(f"{name} to be {state}", look)

    def _approve(self) -> Json:
        found = self._waits(claims.AGENT)
        self._teller.say(f"{found['id']} waits for a person; this is its card, and it is approved")
        self._teller.lines(self._operator.types("escalations", found["id"])[1].split("\n"))
        self._does("approve", found["id"], "--digest", found["digest"], "--reason", "the pictures show it")
        return self._ended(found["id"], "used")

    def _reject(self) -> Json:
        found = self._waits(supplier.AGENT)
        reason = "no customer's address goes to a carrier; use their portal"
        self._does("reject", found["id"], "--digest", found["digest"], "--reason", reason)
        self._teller.say(f"{found['id']} is rejected: {reason}")
        return self._ended(found["id"], "rejected")

    def _find(self) -> str:
        """Look whether the payment that came to no end was made; return its permit."""

        def look() -> Json | None:
            rows = self._does("unknowns")["unknowns"]
            mine = (
                row for row in rows if row["agent"] == payout.AGENT and row["probe"] and row["probe"]["hosts"]
            )
            return next(mine, None)

        permit = str(self._teller.wait("the payment that nobody knows of", look)["permit"])
        found = self._does("unknowns", "probe", permit)["reconciled"]
        self._teller.say(f"{permit} was unknown; its probe finds it in the ledger: {found['outcome']}")
        return permit

    def _friend(self) -> list[str]:
        """See that the request of one agent is still undecided after another, and its owner, tried to approve it."""
        said = self._teller.wait("what the friend was told", self._told)
        waits = self._waits(expenses.AGENT)
        self._teller.say(f"{waits['id']} still waits: its agent's token was refused, and so was its owner")
        problems = (
            [] if "403 role" in said else ["an agent's token was not refused where something is approved"]
        )
        return problems + ([f"{waits['id']} has votes of nobody who may"] if waits["votes"] else [])

    def _told(self) -> str | None:
        """Return the friend's trace once it has heard both answers."""
        runs = self._does("runs", "--limit", "500")["runs"]
        for run in (run["run"] for run in runs if run["agent"] == expenses.FRIEND):
            said = str(self._does("show", run, "--events", "100")["events"])
            return said if "409 self" in said else None
        return None

    def _make_good(self, *permits: str) -> str:
        plan = self._does("compensate", "plan", *permits)
        words = (
            "--digest",
            plan["digest"],
            "--proof",
            plan["proof"],
            "--reason",
            "both claims were withdrawn",
        )
        made = self._does("compensate", "run", *permits, *words)
        self._teller.say(f"{made['plan']}: the approved refund and the one that was found are made good")
        self._teller.lines(self._operator.types("compensate", "show", made["plan"])[1].split("\n"))
        return str(made["plan"])

    def _book(self) -> list[str]:
        """See in the ledger's own file that what was decided is what happened."""
        effects = read_effects(self._teller.stage.effects)

        def count(kind: str, **wanted: str) -> int:
            return sum(
                effect["kind"] == kind and all(effect.get(name) == value for name, value in wanted.items())
                for effect in effects
            )

        found = {
            "refunds of what was approved": (count("refund", order=claims.ASKED), 1),
            "cancellations of what was found": (count("cancel", order=payout.ORDER), 1),
            "cancellations of what was approved": (count("cancel", order=claims.ASKED), 1),
            "refunds of what is over the bound": (count("refund", order=claims.DENIED), 0),
            "mails that were rejected": (count("mail", to=supplier.OUTSIDE), 0),
            "effects of what is in shadow": (sum(effect["order"] == trainee.ORDER for effect in effects), 0),
        }
        return [
            f"the ledger has {number} {what}, and not {wanted}"
            for what, (number, wanted) in found.items()
            if number != wanted
        ]


def agreed(hub: Hub, effects_file: Path, settle: float = SETTLE_SECONDS) -> tuple[list[str], Json]:
    """Lay the record beside the ledger's file until they agree, at most for ``settle`` seconds.

    The agents go on meanwhile: what began since is looked at once it has ended, what was there has to end in time.
    Returns what they contradict each other in, and how many effects and entries there were.
    """
    until = time.monotonic() + settle
    began = len(read_effects(effects_file))
    while True:
        entries = list(record(hub))
        ended = {entry["permit"] for entry in entries if entry["kind"] in ENDS}
        effects = [
            effect
            for effect in read_effects(effects_file)
            if effect["n"] <= began or effect["permit"] in ended
        ]
        said = reconcile(entries, effects)
        if not said or time.monotonic() > until:
            return said, {"effects": len(effects), "entries": len(entries)}
        time.sleep(0.5)


def counted(problems: list[str], counts: Json) -> str:
    """Say what :func:`agreed` found, in one sentence."""
    said = "each has an intent and an outcome, none is there twice"
    if not counts["effects"]:
        said = "nothing happened"
    said = said if not problems else f"{len(problems)} CONTRADICTIONS, the first: {problems[0]}"
    return f"{counts['effects']} effects in the ledger's file beside {counts['entries']} entries of the record: {said}"
