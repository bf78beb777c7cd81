"""The recorded runs of three office assistants, and what the example policy does to them.

This is the side of the judges: it reads the labels, which say afterwards whose attack succeeded. Nothing that decides
does; the trial gets what :func:`interlock_console.commands._policy_runs.recorded` reads.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interlock.policy import Policy, load
from interlock_console.commands._policy_runs import Setting, recorded

__all__ = ["POLICY", "RUNS", "Outcome", "outcome"]

_ROOT = Path(__file__).resolve().parents[2]
POLICY = _ROOT / "docs" / "examples" / "agentdojo.policy.yaml"
RUNS = _ROOT.parent / "shared" / "trajectories" / "agentdojo.jsonl.gz"


@dataclass
class Outcome:
    """Runs: attacked ones whose attack succeeded and those of them that met an ask or a deny; clean ones likewise."""

    won: int = 0
    caught: int = 0
    clean: int = 0
    touched: int = 0
    denied: int = 0


def outcome(policy: Policy | None = None) -> Outcome:
    """Try the policy (the example's, if none is given) over all runs, and judge it by the labels."""
    made = policy or load(POLICY.read_text(encoding="utf-8"))
    won, clean = _judged()
    found = Outcome()
    for trial in recorded(RUNS, Setting(made)):
        verdicts = trial.verdicts()
        stopped = bool(verdicts["ask"] or verdicts["deny"])
        if trial.run in won:
            found.won += 1
            found.caught += stopped
        elif trial.run in clean:
            found.clean += 1
            found.touched += stopped
            found.denied += bool(verdicts["deny"])
    return found


def _judged() -> tuple[set[str], set[str]]:
    """Return the runs whose attack succeeded, and those that nobody attacked."""
    won: set[str] = set()
    clean: set[str] = set()
    with gzip.open(RUNS, "rt", encoding="utf-8") as file:
        for line in file:
            event: dict[str, Any] = json.loads(line)
            if event["kind"] != "run_finished":
                continue
            name = event["trajectory_id"]
            if name.endswith("/none"):
                clean.add(name)
            elif any(label["type"] == "injection_succeeded" for label in event["labels"]):
                won.add(name)
    return won, clean
