"""What the demo says at its end is what the hub and the ledger's own file have."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

import interlock
from interlock.gameday.afterwards import told, where
from interlock.gameday.commands import Operator
from interlock.gameday.stage import Hub
from tests.support.hubs import running_hub


def test_the_end_of_the_demo_is_told_as_it_was(tmp_path: Path) -> None:
    """Runs, stops and the record are counted; an effect after the confirmed stop is said as loudly as it has to be."""
    effects = tmp_path / "effects.jsonl"
    with running_hub() as hub:
        operator = Operator(Hub(hub.url, hub.operator_token, hub.agent_token))
        gate = interlock.connect(hub.url, hub.agent_token)
        with gate.run(agent="a", role="r", goal="stays"):
            pass
        with suppress(interlock.RunKilled), gate.run(agent="b", role="r", goal="goes") as run:
            early = {"n": 1, "run": run.id, "wall": time.time()}
            effects.write_text(json.dumps(early) + "\n")
            assert operator.types("kill", run.id, "--reason", "x")[0] == 0
        said = told(operator, effects)
        assert said[0] == "2 runs; 1 confirmed stopped, 0 stops not confirmed"
        assert "1 effects of what was stopped, none of them after" in said[1]
        assert said[2].startswith("the record is unbroken, ")
        effects.write_text(
            json.dumps(early) + "\n" + json.dumps(early | {"n": 2, "wall": time.time() + 1}) + "\n"
        )
        assert "1 AFTER it was confirmed stopped" in told(operator, effects)[1]
        gate.close()
    assert str(tmp_path) in "\n".join(where(tmp_path, True))
    assert str(tmp_path) not in "\n".join(where(tmp_path, False))
