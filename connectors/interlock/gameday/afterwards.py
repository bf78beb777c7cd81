"""What is said once the console is closed: what ran, what was stopped, and whether the ledger agrees with that."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from interlock.gameday.asking import ask, pages
from interlock.gameday.commands import Operator
from interlock.gameday.proof import read_effects
from interlock.gameday.stage import Hub

__all__ = ["told", "where"]

Json = dict[str, Any]


def told(hub: Hub, effects: Path, page: int = 500) -> list[str]:
    """Ask the hub and read the ledger's own file; return what they say, in sentences. Raises StageError.

    ``page`` is how many runs the hub is asked for at a time.
    """
    # All of them: what was stopped first is far behind the newest.
    runs = {run["run"]: run["stop"] for run in pages(hub, "/v1/runs", "runs", size=page)}
    stopped = {run for run, stop in runs.items() if stop == "confirmed"}
    open_ = sum(bool(stop) for stop in runs.values()) - len(stopped)
    said = [f"{len(runs)} runs; {len(stopped)} confirmed stopped, {open_} stops not confirmed"]
    if stopped:
        said.append(_ledger(hub, [effect for effect in read_effects(effects) if effect["run"] in stopped]))
    verdict = Operator(hub).asks("audit", "verify")[1]
    good = f"unbroken, {verdict['entries']} entries" if verdict["ok"] else f"BROKEN at {verdict['first_bad']}"
    return [*said, f"the record is {good}"]


def _ledger(hub: Hub, effects: list[Json]) -> str:
    """Compare the stamps of the ledger with those of the receipts: one machine, one wall clock."""
    at = {run: _confirmed(hub, run) for run in {effect["run"] for effect in effects}}
    late = sum(effect["wall"] > at[effect["run"]] for effect in effects)
    verdict = (
        "none of them after it was confirmed stopped"
        if not late
        else f"{late} AFTER it was confirmed stopped"
    )
    return f"the ledger holds {len(effects)} effects of what was stopped, {verdict}"


def _confirmed(hub: Hub, run: str) -> float:
    """Return when the run was first confirmed stopped, by the hub's wall clock."""
    receipts = ask(hub, "GET", f"/v1/runs/{quote(run)}")["receipts"]
    stages = (stage for receipt in receipts for stage in receipt["stages"])
    return min(float(stage["at"]) for stage in stages if stage["stage"] == "confirmed")


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
