"""A trainee that a person let out of shadow does real work, and the ledger's own file says what."""

from pathlib import Path

import interlock
from interlock.gameday.agent import trainee
from interlock.gameday.agent.shift import Shift
from interlock.gameday.proof import read_effects
from tests.gameday.sandbox import sandbox


def test_a_trainee_refunds_an_order_once(tmp_path: Path) -> None:
    """Its second run finds the order paid, and only writes to the customer."""
    with sandbox(tmp_path) as box, interlock.connect(box.hub.url, box.hub.agent_token) as gate:
        shift = Shift("trainee", "0", 0.0, gate, box.till, 2)
        trainee.work(shift)
        trainee.work(shift)
    kinds = [effect["kind"] for effect in read_effects(tmp_path / "ledger" / "effects.jsonl")]
    assert (kinds.count("refund"), kinds.count("mail")) == (1, 2), kinds
