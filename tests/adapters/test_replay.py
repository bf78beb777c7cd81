"""Recorded runs played through a real hub: every text comes back unchanged, and orders work on them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any, Self

import pytest

from tests.adapters.readback import compare, recordings, source
from tests.gameday.sandbox import GUARD, until
from tests.support import forked
from tests.support.hubs import HubProcess, running_hub

Json = dict[str, Any]

EACH = 7
"""Runs of each file in the short form."""
_tries = count(1)


@pytest.fixture(scope="module")
def hub() -> Iterator[HubProcess]:
    """A hub for all tests here: each looks at its own runs, by the names of its recordings."""
    with running_hub() as found:
        yield found


@pytest.fixture
def own_hub() -> Iterator[HubProcess]:
    """A hub that the test may stop."""
    with running_hub() as found:
        yield found


@pytest.fixture
def begun() -> Iterator[Callable[..., "Replay"]]:
    """Starts replays; they are gone at the end of the test."""
    with ExitStack() as stack:
        yield lambda hub, *words, **given: stack.enter_context(Replay(hub, *words, **given))


class Replay:
    """A replay's process at a hub. A context manager: at the end it is gone."""

    def __init__(
        self, hub: HubProcess, *words: str, popen: Callable[..., subprocess.Popen[str]] = forked.Popen
    ) -> None:
        self.process = popen(
            [sys.executable, "-P", "-m", "interlock.adapters.replay", *words],
            env=os.environ | hub.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self, within: float = GUARD) -> tuple[int, str, str]:
        """Return the exit code and what was said on both streams, once it has ended."""
        out, err = self.process.communicate(timeout=within)
        return self.process.returncode, out, err


def replay(hub: HubProcess, *words: str, within: float = GUARD) -> tuple[int, Json, str]:
    """Replay to the end; return the exit code, the summary and what was said on stderr."""
    with Replay(hub, *words) as process:
        return end(process, within)


def end(process: Replay, within: float = GUARD) -> tuple[int, Json, str]:
    """Wait for the end; return the exit code, the summary and what was said on stderr."""
    code, out, err = process.end(within)
    return code, json.loads(out) if out else {}, err


def recording(path: Path, *between: Json, seconds: float = 0.0) -> Path:
    """Write one run with these events between its goal and its end, the last one ``seconds`` after the start."""
    kinds = [{"kind": "run_started", "agent": "tester"}, {"kind": "goal", "text": "go on"}, *between]
    events = [*kinds, {"kind": "run_finished", "success": True, "reward": {"verdict": "unheard-of"}}]
    lines = [
        {"trajectory_id": "t", "seq": seq, "ts": seconds * seq / len(events), **each}
        for seq, each in enumerate(events)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def calls(count: int) -> list[Json]:
    """Return that many calls of a tool nobody classified, each with its result."""
    one = {"tool": "send", "arguments": {"n": 1}, "agent": "tester"}
    return [
        {**one, "kind": kind, "result": "sent"} for _ in range(count) for kind in ("tool_call", "tool_result")
    ]


def playing(hub: HubProcess, name: str) -> Json:
    """Wait until the run of this file has made some calls; return its state."""
    found: list[Json] = until(
        lambda: [
            run for run in hub.get("/v1/runs?limit=500")["runs"] if run["calls"] > 2 and named(run, name)
        ],
        "the run",
    )
    return found[0]


def named(run: Json, name: str) -> bool:
    """Return whether this is the first run of a file of that name."""
    return bool(run["labels"]["recording"] == f"{name}#1")


def check(hub: HubProcess, expected: dict[str, list[Json]], summary: Json) -> None:
    """Fail unless the hub holds exactly these runs, each text as recorded, and the summary's numbers are true."""
    events = sum(map(len, expected.values()))
    found = compare(hub, expected)
    assert found.wrong == []
    assert (found.runs, found.recorded) == (len(expected), events)
    assert (summary["runs"], summary["events"], summary["finished"]) == (len(expected), events, len(expected))
    assert found.own == summary["own"]


def test_every_text_comes_back_unchanged(own_hub: HubProcess, tmp_path: Path) -> None:
    """Runs of all six files at full speed: each recorded event is one event, its text as in the file."""
    expected: dict[str, list[Json]] = {}
    files: list[str] = []
    for path in recordings():
        some = source([path], EACH)
        expected |= {name.replace(".gz#", "#"): events for name, events in some.items()}
        short = tmp_path / path.name.removesuffix(".gz")
        lines = [json.dumps(event) for events in some.values() for event in events]
        short.write_text("\n".join(lines) + "\n", encoding="utf-8")
        files.append(str(short))
    code, summary, said = replay(own_hub, *files, "--speed", "max", "--json")
    assert (code, said) == (0, "")
    check(own_hub, expected, summary)


@pytest.mark.rig
def test_every_text_of_every_recorded_run_comes_back_unchanged(own_hub: HubProcess) -> None:
    """All 1,331 runs with their 26,250 events, through one hub."""
    files = [str(path) for path in recordings()]
    code, summary, said = replay(own_hub, *files, "--speed", "max", "--json", within=600.0)
    assert (code, said) == (0, "")
    expected = source(recordings())
    assert (len(expected), summary["events"]) == (1331, 26250)
    check(own_hub, expected, summary)


def test_no_verdict_reaches_the_hub(own_hub: HubProcess, tmp_path: Path) -> None:
    """What the recording's makers found out about the run is nowhere in the hub's files."""
    code, _, _ = replay(own_hub, str(recording(tmp_path / "one.jsonl")), "--speed", "max", "--json")
    assert code == 0
    own_hub.stop()
    files = [path for path in own_hub.data.iterdir() if path.is_file()]
    assert any(b"go on" in path.read_bytes() for path in files)
    assert not any(word in path.read_bytes() for path in files for word in (b"unheard-of", b"reward"))


def test_a_killed_replay_stops_and_is_counted(
    hub: HubProcess, begun: Callable[..., Replay], tmp_path: Path
) -> None:
    """A run that is killed half way ends as killed, with its stop confirmed, and the replay has done its work."""
    path = recording(tmp_path / f"killed{next(_tries)}.jsonl", *calls(600), seconds=60.0)
    process = begun(hub, str(path), "--json")
    run = playing(hub, path.name)["run"]
    status, answer = hub.ask("POST", "/v1/orders", {"verb": "kill", "runs": [run], "reason": "a test"})
    assert status == 200
    order = answer["receipts"][0]["order"]
    receipt = hub.get(f"/v1/orders/{order}?wait=confirmed&timeout=30")["receipts"][0]
    assert receipt["stages"][-1]["stage"] == "confirmed"
    code, summary, _ = end(process)
    assert (code, summary["killed"], summary["finished"]) == (0, 1, 0)
    state = hub.get(f"/v1/runs/{run}")["run"]
    assert (state["claim"], state["stop"]) == ("killed", "confirmed")
    assert state["calls"] < 600


def test_a_paused_replay_stands_still_and_goes_on(
    hub: HubProcess, begun: Callable[..., Replay], tmp_path: Path
) -> None:
    """Drained, it reports nothing more; resumed, it comes to its end with everything in it."""
    # Long enough that the pause comes before the end on a box, too, where one question takes a second.
    path = recording(tmp_path / f"paused{next(_tries)}.jsonl", *calls(40), seconds=10.0)
    process = begun(hub, str(path), "--json")
    run = playing(hub, path.name)["run"]
    _, answer = hub.ask("POST", "/v1/orders", {"verb": "pause", "runs": [run], "reason": "a test"})
    order = answer["receipts"][0]["order"]
    receipt = hub.get(f"/v1/orders/{order}?wait=drained&timeout=30")["receipts"][0]
    assert receipt["stages"][-1]["stage"] == "drained"
    before = hub.get(f"/v1/runs/{run}")["run"]["calls"]
    assert process.process.poll() is None
    # The receipt has a lane of its own: the trace may say it later, and before what the gate reports behind its answer.
    page = f"/v1/runs/{run}/events?after=0&limit=1000"
    until(
        lambda: any(item["e"]["event"]["kind"] == "drained" for item in hub.get(page)["items"]),
        "the pause in the trace",
    )
    hub.ask("POST", "/v1/orders", {"verb": "resume", "runs": [run], "reason": "a test"})
    code, summary, _ = end(process)
    assert (code, summary["finished"], summary["events"]) == (0, 1, 83)
    assert hub.get(f"/v1/runs/{run}")["run"]["calls"] == 40 > before


def test_lines_that_cannot_be_played_are_named(hub: HubProcess, tmp_path: Path) -> None:
    """They make the exit code 1, and the runs around them are played."""
    path = recording(tmp_path / "some.jsonl")
    good = path.read_text(encoding="utf-8")
    path.write_text(good + "{nonsense\n" + good.replace('"t"', '"u"'), encoding="utf-8")
    code, summary, said = replay(hub, str(path), "--speed", "max", "--json")
    assert (code, summary["runs"]) == (1, 1)
    assert "some.jsonl:4: not JSON" in said
    assert len(summary["malformed"]) == 1


def test_exit_codes_say_what_was_wrong(
    own_hub: HubProcess, begun: Callable[..., Replay], tmp_path: Path
) -> None:
    """Usage is 2, no hub 4, and Ctrl-C 130."""
    path = str(recording(tmp_path / "one.jsonl", *calls(2), seconds=60.0))
    usage = [begun(own_hub, "no such file"), begun(own_hub, path, "--speed", "fast")]
    # As a shell starts it: what a signal does is not what the process of the tests made of it.
    process = begun(own_hub, path, popen=subprocess.Popen)
    assert [end(wrong)[0] for wrong in usage] == [2, 2]
    until(lambda: own_hub.get("/v1/runs")["runs"], "the run")
    process.process.send_signal(signal.SIGINT)
    assert end(process)[0] == 130
    own_hub.stop()
    assert replay(own_hub, path)[0] == 4
