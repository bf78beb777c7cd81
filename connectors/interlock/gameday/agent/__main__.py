"""``python -m interlock.gameday.agent KIND...``: agents of the company, for as long as their parent process lives."""

import argparse
import os
import sys
import threading
import time
from collections.abc import Mapping

from interlock.errors import CallRefused, HubError, HubUnavailable, RunKilled, RunOver
from interlock.gameday.agent import (
    claims,
    expenses,
    helper,
    lead,
    payout,
    poisoned,
    postbox,
    quotes,
    redress,
    runaway,
    silent,
    stock,
    supplier,
    support,
    tracker,
    trainee,
    unsure,
)
from interlock.gameday.agent.shift import Shift
from interlock.gameday.till import Till, TillRefused
from interlock.gate import connect

WORK = {
    "support": support.work,
    "runaway": runaway.work,
    "unsure": unsure.work,
    "silent": silent.work,
    "lead": lead.work,
    "quotes": quotes.work,
    "stock": stock.work,
    "poisoned": poisoned.work,
    "helper": helper.work,
    "office": redress.work,
    "claims": claims.work,
    "postbox": postbox.work,
    "suppliers": supplier.work,
    "payouts": payout.work,
    "parcels": tracker.work,
    "trainee": trainee.work,
    "expenses": expenses.work,
}
ONCE = frozenset(
    ("runaway", "silent", "poisoned", "claims", "postbox", "suppliers", "payouts", "parcels", "expenses")
)
"""Kinds that do not begin again once their run has been stopped, or is over."""

LATER = {"trainee": 3.0, "payouts": 5.0, "suppliers": 8.0, "postbox": 12.0, "expenses": 16.0}
"""Seconds at pace 1 after which some begin, so that whoever watches sees one thing after the other."""

PATIENCE_MAX = 20.0
"""Seconds a worker waits, at least and at pace 1, before it begins again after the last of many refusals."""

HURRY = {"runaway": 0.4, "support": 1.5}
"""Some think faster than others, some slower."""


def main(words: list[str] | None = None) -> int:
    """Work until told to end; 0 after a kill too, since obeying it is no failure."""
    parser = argparse.ArgumentParser(prog="python -m interlock.gameday.agent", allow_abbrev=False)
    parser.add_argument("kind", nargs="+", choices=sorted(WORK), help="one, or several in one process")
    parser.add_argument("--seed", default="0", help="decides what the scripted model says")
    parser.add_argument("--pace", type=float, default=1.0, help="1 as in life, less is faster")
    parser.add_argument("--rounds", type=int, default=0, help="how often it works; 0 without end")
    parser.add_argument("--share", default="0/1", help="which of how many shares of the tickets")
    parser.add_argument("--crew", type=int, default=1, help="how many of its kind work in this process")
    parser.add_argument("--at-once", action="store_true", help="nobody begins later than the others")
    given = parser.parse_args(words)
    first, _, of = given.share.partition("/")
    threading.Thread(target=_orphaned, args=(os.getppid(),), daemon=True).start()
    with connect() as gate:
        shifts = [
            Shift(
                kind,
                f"{given.seed}-{n}",
                given.pace * HURRY.get(kind, 1.0),
                gate,
                Till.found(),
                1 if kind in ONCE else given.rounds,
                (int(first) * given.crew + n, int(of) * given.crew),
            )
            for kind in given.kind
            for n in range(given.crew)
        ]
        later = {} if given.at_once else LATER
        colleagues = [
            threading.Thread(target=_keep_on, args=(shift, later), daemon=True) for shift in shifts[1:]
        ]
        for thread in colleagues:
            thread.start()
        _keep_on(shifts[0], later)
        for thread in colleagues:
            thread.join()
    return 0


def _keep_on(shift: Shift, later: Mapping[str, float]) -> None:
    patience = 1.0
    time.sleep(later.get(shift.name, 0.0) * shift.pace)
    while not shift.rounds or shift.done < shift.rounds:
        try:
            WORK[shift.name](shift)
            patience = 1.0
        except (RunKilled, RunOver, CallRefused, TillRefused, HubError, HubUnavailable) as error:
            sys.stderr.write(f"{shift.name}: {error}\n")
            shift.rests(patience, 3.0 * patience)
            patience = min(PATIENCE_MAX, patience * 2)
        finally:
            shift.done += 1


def _orphaned(parent: int) -> None:
    """Nobody is left to end this process: it ends itself."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main())
