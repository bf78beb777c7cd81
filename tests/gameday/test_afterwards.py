"""What the demo says at its end is what the hub and the ledger's own file have."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path

import interlock
from interlock.gameday.afterwards import told, where
from interlock.gameday.commands import GUARD_SECONDS, Operator
from interlock.gameday.decisions import agreed
from interlock.gameday.stage import Hub
from interlock.gate import current_call
from tests.support.hubs import running_hub


def test_the_end_of_the_demo_is_told_as_it_was(tmp_path: Path) -> None:
    """Runs, stops and the record are counted; an effect after the confirmed stop is said as loudly as it has to be."""
    effects = tmp_path / "effects.jsonl"
    with running_hub() as hub:
        asked = Hub(hub.url, hub.operator_token, hub.agent_token)
        operator = Operator(asked)
        gate = interlock.connect(hub.url, hub.agent_token)
        with gate.run(agent="a", role="r", goal="stays"):
            pass
        with suppress(interlock.RunKilled), gate.run(agent="b", role="r", goal="goes") as run:
            early = {"n": 1, "run": run.id, "wall": time.time()}
            effects.write_text(json.dumps(early) + "\n")
            assert operator.types("kill", run.id, "--reason", "x")[0] == 0
        said = told(asked, effects, page=1)
        assert said[0] == "2 runs; 1 confirmed stopped, 0 stops not confirmed"
        assert "1 effects of what was stopped, none of them after" in said[1]
        assert said[2].startswith("the record is unbroken, ")
        effects.write_text(
            json.dumps(early) + "\n" + json.dumps(early | {"n": 2, "wall": time.time() + 1}) + "\n"
        )
        assert "1 AFTER it was confirmed stopped" in told(asked, effects)[1]
        gate.close()
    assert str(tmp_path) in "\n".join(where(tmp_path, True))
    assert str(tmp_path) not in "\n".join(where(tmp_path, False))


async def test_what_is_in_flight_is_no_contradiction(tmp_path: Path) -> None:
    """A company in which some call is always in flight agrees with its record; an effect that never ends does not."""
    effects, let_go = tmp_path / "effects.jsonl", [asyncio.Event()]
    over, wrote = asyncio.Event(), asyncio.Event()

    def write(**more: object) -> None:
        one = {"kind": "refund", "wall": time.time(), "n": len(let_go), "order": f"A-{len(let_go)}", **more}
        let_go.append(asyncio.Event())
        with effects.open("a") as file:
            file.write(json.dumps(one) + "\n")
        wrote.set()

    with running_hub() as hub:
        asked = Hub(hub.url, hub.operator_token, hub.agent_token)
        gate = interlock.connect(hub.url, hub.agent_token)

        @gate.tool(cls="write", timeout=60)
        async def refund(order_id: str) -> str:
            call = current_call()
            assert call is not None
            write(run=call.run.id, permit=call.permit_id)
            before, mine = let_go[-2:]
            before.set()
            await mine.wait()
            return order_id

        async with gate.run(agent="a", role="r", goal="goes on"):
            calls: list[asyncio.Task[str]] = []

            async def work() -> None:
                while not over.is_set():
                    wrote.clear()
                    calls.append(asyncio.create_task(refund(f"A-{len(let_go)}")))
                    await wrote.wait()

            worker = asyncio.create_task(work())
            await asyncio.wait_for(wrote.wait(), GUARD_SECONDS)
            said, counts = await asyncio.to_thread(agreed, asked, effects)
            assert (said, counts["effects"] > 0) == ([], True)
            over.set()
            await worker
            let_go[-1].set()
            await asyncio.gather(*calls)
        write(run="r-0000000000000000", permit="p-0000000000000000")
        assert "has no intent" in agreed(asked, effects, settle=0.0)[0][-1]
        gate.close()
