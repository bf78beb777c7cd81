"""K9 in full: a pause holds over every death of the hub, and only a resume that is in the record ends it."""

import time
from pathlib import Path

import pytest

from tests.rig.say import say
from tests.rig.writers import Phoenix, Writer, new_key, until

pytestmark = [pytest.mark.rig, pytest.mark.timeout(600)]

DEATHS = 20
WATCH_SECONDS = 0.5


def test_a_pause_outlives_twenty_deaths_of_the_hub(tmp_path: Path) -> None:
    """Paused before, paused after, with no effect meanwhile; each time a resume is what lets the run go on."""
    with Phoenix(tmp_path, seed=9) as box:
        box.start()
        writer = box.writer()
        writer.go()
        resumes: list[str] = []
        for number in range(DEATHS):
            _writes(writer)
            time.sleep(box.rng.uniform(0.0, 0.2))
            assert box.give("pause", writer.run_id, new_key())
            wait = box.rng.choice([0.0, box.rng.uniform(0.0, 0.05), box.rng.uniform(0.0, 0.5)])
            say(f"death {number}: {wait:.3f} s after the pause was answered")
            time.sleep(wait)
            box.rise()
            assert box.state(writer.run_id)["hold"] in ("pausing", "drained")
            until(lambda: box.state(writer.run_id)["hold"] == "drained", "the drained pause")
            held = writer.effects()
            time.sleep(WATCH_SECONDS)
            assert writer.effects() == held
            assert not [wall for _, wall in held if wall > _drained(box, writer.run_id)]
            resumes.append(new_key())
            assert box.give("resume", writer.run_id, resumes[-1])
        orders = [entry["body"] for entry in box.audit() if entry["kind"] == "order"]
        assert [order["key"] for order in orders if order["verb"] == "resume"] == resumes
        _writes(writer)
        writer.end()
        assert not writer.killed


def _writes(writer: Writer) -> None:
    """Wait for another effect."""
    before = len(writer.effects())
    until(lambda: len(writer.effects()) > before, "another effect")


def _drained(box: Phoenix, run: str) -> float:
    """Return when the newest pause of a run was drained."""
    receipts = box.receipts(run, "pause")
    walls = [stage["at"] for found in receipts for stage in found["stages"] if stage["stage"] == "drained"]
    return float(max(walls))
