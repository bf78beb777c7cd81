"""What is said once the console is closed: what ran, what was stopped, and whether the ledger agrees with that."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from interlock.gameday.commands import Operator
from interlock.gameday.proof import effects_of, read_effects

__all__ = ["told", "where"]

Json = dict[str, Any]

_RUNS = "2000"


def told(operator: Operator, effects: Path) -> list[str]:
    """Ask the hub and read the ledger's own file; return what they say, in sentences. Raises StageError."""
    answer = operator.asks("runs", "--limit", _RUNS)[1]
    runs: list[Json] = answer["runs"]
    more = f" (the newest {_RUNS})" if answer.get("next") is not None else ""
    stopped = [run["run"] for run in runs if run["stop"] == "confirmed"]
    open_ = sum(bool(run["stop"]) and run["stop"] != "confirmed" for run in runs)
    said = [f"{len(runs)} runs{more}; {len(stopped)} confirmed stopped, {open_} stops not confirmed"]
    if stopped:
        said.append(_ledger(operator, stopped, read_effects(effects)))
    verdict = operator.asks("audit", "verify")[1]
    good = f"unbroken, {verdict['entries']} entries" if verdict["ok"] else f"BROKEN at {verdict['first_bad']}"
    return [*said, f"the record is {good}"]


def _ledger(operator: Operator, stopped: Iterable[str], effects: list[Json]) -> str:
    """Compare the stamps of the ledger with those of the receipts: one machine, one wall clock."""
    count, late = 0, 0
    for run in stopped:
        receipts = operator.asks("show", run, "--events", "0")[1]["receipts"]
        stages = [
            stage for receipt in receipts for stage in receipt["stages"] if stage["stage"] == "confirmed"
        ]
        done = effects_of(effects, [run])
        count += len(done)
        late += sum(bool(stages) and effect["wall"] > stages[0]["at"] for effect in done)
    verdict = (
        "none of them after it was confirmed stopped"
        if not late
        else f"{late} AFTER it was confirmed stopped"
    )
    return f"the ledger holds {count} effects of what was stopped, {verdict}"


def where(folder: Path, kept: bool) -> list[str]:
    """Return where everything lies, and how to look at it again."""
    if not kept:
        return ["record, ledger and logs are removed; 'interlock demo --keep' leaves them to look at"]
    data = folder / "hub"
    return [
        f"kept: {folder} (the hub's record, the ledger's effects, a log for each process)",
        f"look again: interlock audit verify --data {data}",
        f"            interlock hub --data {data}   (then 'interlock --url URL --token-file {data}/operator.token')",
    ]
