"""The run screen on a real hub with a run of 100,000 events in its store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interlock.hub.trace import Line, Trace
from interlock_console.screens.run import RunView
from tests.console.live import Live, console
from tests.hub.store.events import line, run_id, started
from tests.support.hubs import HubProcess

Json = dict[str, Any]

EVENTS, TURN, FAILED, NEEDLE = 100_000, 40_001, 70_000, 31_337
LONG = "".join(f"line {n} of what the tool said\n" for n in range(60_000)) + "the very end of it"
BATCH = 5000


def _event(seq: int) -> Json:
    if seq == 1:
        return started()
    if seq == NEEDLE:
        return {"kind": "reasoning", "text": "here is the Needle"}
    if seq in (TURN, TURN + 20_000):
        said = [{"role": "system", "content": "be kind"}, {"role": "user", "content": f"question of {seq}"}]
        return {"kind": "model.started", "call": f"m-{seq}", "asked": "m", "messages": json.dumps(said)}
    if seq == FAILED:
        return {
            "kind": "tool.finished",
            "call": "c-1",
            "outcome": "failed",
            "error": "mailbox full",
            "ms": 1.0,
        }
    if seq == EVENTS:
        return {"kind": "run.finished", "claim": "done"}
    if seq == EVENTS - 1:
        digest = hashlib.sha256(LONG.encode()).hexdigest()
        ref = {"sha256": digest, "size": len(LONG), "chunks": _chunks()[0], "head": LONG[:99]}
        return {"kind": "reasoning", "text": ref}
    return {"kind": "message", "role": "user", "text": f"word {seq}"}


def _chunks() -> tuple[list[str], list[str]]:
    texts = [LONG[start : start + 60_000] for start in range(0, len(LONG), 60_000)]
    return [hashlib.sha256(text.encode()).hexdigest() for text in texts], texts


def _fill(folder: Path) -> None:
    trace = Trace.open(folder)
    names, texts = _chunks()
    lines: list[Line] = []
    for seq in range(1, EVENTS + 1):
        lines.append(line(1, seq, _event(seq)))
        if len(lines) == BATCH:
            trace.write(lines)
            lines = []
    trace.write(lines, list(zip(names, texts, strict=True)))
    trace.close()


@pytest.fixture(scope="module", name="hub")
def _hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    folder = tmp_path_factory.mktemp("long") / "data"
    folder.mkdir(mode=0o700)
    _fill(folder)
    with HubProcess(folder) as hub:
        yield hub


async def _opened(live: Live, run: str) -> RunView:
    """Open the run from the fleet and wait for its newest page."""
    view: Any = live.pilot.app.screen
    await live.until(when=lambda: bool(view.station.runs))
    view.open_run(run)
    await live.until("of 100,000 events")
    opened = live.pilot.app.screen
    assert isinstance(opened, RunView)
    return opened


async def test_a_run_of_any_size_is_read_from_every_place_in_it(hub: HubProcess) -> None:
    """Its end, a failure, a turn and a hit far away are one key each; memory stays bounded."""
    run = run_id(1)
    async with console(hub, (160, 45)) as live:
        view = await _opened(live, run)
        window, trace = view.reader.window, view.trace
        assert window.last == EVENTS
        assert len(window.items) <= 1200
        await live.pilot.press("left_square_bracket")
        await live.until("mailbox full", when=lambda: trace.cursor == FAILED)
        await live.pilot.press("left_curly_bracket", "d")
        await live.until(
            "context against the turn at event 40001", when=lambda: trace.cursor == TURN + 20_000
        )
        await live.until(f"- question of {TURN}", f"+ question of {TURN + 20_000}", "1 the same")
        await live.pilot.press("d", "slash", *"the needle", "enter")
        await live.until("1 of 1 hit", "here is the Needle", when=lambda: trace.cursor == NEEDLE)
        await live.pilot.press("n")
        await live.until("no hit after event")
        await live.pilot.press("g")
        await live.until("START", when=lambda: window.at_start and trace.cursor == 1)
        assert len(window.items) <= 5000
        await live.pilot.press("slash", *"nowhere", "enter")
        await live.until("no hit in the whole run")


async def test_a_text_of_megabytes_opens_at_once_and_has_its_end(hub: HubProcess) -> None:
    """The body of a thought comes in slices; it is searched and read to its end."""
    run = run_id(1)
    async with console(hub, (160, 45)) as live:
        view = await _opened(live, run)
        await live.pilot.press("up")
        await live.until("line 0 of what the tool said")
        await live.until("2.0 M characters, ")
        assert len(LONG) == len(next(iter(view.reader.bodies.values())).text or "")
        await live.pilot.press("m", "slash", *"very end", "enter")
        await live.until("the very end of it", "found in line")


async def test_the_tree_of_a_real_hub_has_the_run_itself(hub: HubProcess) -> None:
    """A run without kin is a tree of one."""
    async with console(hub, (160, 45)) as live:
        await _opened(live, run_id(1))
        await live.pilot.press("t")
        await live.until("refunds as support", "1 run in this tree", "here")
