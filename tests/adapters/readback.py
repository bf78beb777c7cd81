"""What a hub holds of replayed runs, beside what the recordings say: read over the HTTP API, compared text by text."""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import pytest

from interlock import canonical
from interlock.redact import Redactor
from tests.support.hubs import HubProcess

Json = dict[str, Any]

_HUBS = ("gate.joined", "gate.left")
"""What the hub itself writes into the trace of a run."""
FILES = ("agentdojo", "claudecode", "medagentbench", "taubench", "tau2", "whowhen")


def recordings() -> list[Path]:
    """Return the recorded runs beside the checkout, or skip the test that asks."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "trajectories"
    found = [folder / f"{name}.jsonl.gz" for name in FILES]
    if not all(path.is_file() for path in found):
        pytest.skip("no recorded runs in ../shared/trajectories")
    return found


def source(paths: Sequence[Path], limit: int | None = None) -> dict[str, list[Json]]:
    """Return the recorded events by the name a replayed run is labelled with, ``FILE#NUMBER``."""
    runs: dict[str, list[Json]] = {}
    for path in paths:
        number, current = 0, ""
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                event = json.loads(line)
                if event["trajectory_id"] != current:
                    number, current = number + 1, event["trajectory_id"]
                    if limit is not None and number > limit:
                        break
                runs.setdefault(f"{path.name}#{number}", []).append(event)
    return runs


class Reader:
    """Reads one hub's API over one connection."""

    def __init__(self, hub: HubProcess) -> None:
        self._token = hub.operator_token
        self._link = HTTPConnection(hub.url.removeprefix("http://"), timeout=30.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._link.close()

    def get(self, path: str) -> Any:
        """Return the answer to GET, which must be a good one."""
        self._link.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
        response = self._link.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, (path, answer)
        return answer

    def runs(self) -> list[Json]:
        """Return the states of all runs."""
        found: list[Json] = []
        after = ""
        while True:
            page = self.get(f"/v1/runs?limit=500{after}")
            found += page["runs"]
            if page["next"] is None:
                return found
            after = f"&after={quote(str(page['next']))}"

    def events(self, run: str) -> Iterator[Json]:
        """Yield the stored envelopes of a run, each body in full."""
        after = 0
        while items := self.get(f"/v1/runs/{run}/events?after={after}&limit=1000")["items"]:
            for item in items:
                yield self._whole(item["e"])
            after = items[-1]["n"]

    def _whole(self, envelope: Json) -> Json:
        event = {
            key: self.get(f"/v1/bodies/{value['sha256']}")["text"]
            if isinstance(value, dict) and "sha256" in value
            else value
            for key, value in envelope["event"].items()
        }
        return {**envelope, "event": event}


@dataclass
class Count:
    """How many events were compared, how many more the replay told of its own, and what differed."""

    runs: int = 0
    recorded: int = 0
    own: int = 0
    redacted: int = 0
    wrong: list[str] = field(default_factory=list)


def compare(hub: HubProcess, expected: dict[str, list[Json]]) -> Count:
    """Compare the hub's runs of these recordings with them: each recorded event once, with its text unchanged."""
    redactor = Redactor((hub.data / "redact.key").read_text(encoding="ascii").strip())
    count = Count()
    with Reader(hub) as reader:
        for state in reader.runs():
            name = state["labels"]["recording"]
            if name not in expected:
                continue
            count.runs += 1
            stored: dict[int, Json] = {}
            for envelope in reader.events(state["run"]):
                if "recorded" not in envelope:
                    count.own += envelope["event"]["kind"] not in _HUBS
                    continue
                if envelope["recorded"] in stored:
                    count.wrong.append(f"{name}: seq {envelope['recorded']} twice")
                stored[envelope["recorded"]] = envelope["event"]
            count.recorded += len(stored)
            _run(name, stored, expected[name], redactor, count)
    return count


def _run(name: str, stored: dict[int, Json], recorded: list[Json], redactor: Redactor, count: Count) -> None:
    if sorted(stored) != [event["seq"] for event in recorded]:
        count.wrong.append(f"{name}: not exactly the recorded events")
        return
    goal = next(event["text"] for event in recorded if event["kind"] == "goal")
    for event in recorded:
        kind, was = _EXPECTED[event["kind"]](event, goal)
        is_now = stored[event["seq"]]
        if event["kind"] == "tool_call":
            count.redacted += was["args"] != redactor.args(was["args"])
            was["args"] = redactor.args(was["args"])
        said = {key: is_now.get(key) for key in was}
        if is_now["kind"] != kind or said != was:
            count.wrong.append(f"{name} seq {event['seq']}: {kind} {was!r:.200} is {said!r:.200}")


def _finished(event: Json) -> Json:
    return {"error" if event["is_error"] else "result": event["result"]}


_EXPECTED: dict[str, Any] = {
    "run_started": lambda event, goal: (
        "run.started",
        {"goal": goal, "agent": event["agent"], "model": event["model"], "mode": "replay"},
    ),
    "goal": lambda event, _: ("message", {"text": event["text"], "role": "user"}),
    "message": lambda event, _: ("message", {"text": event["text"], "role": event["role"]}),
    "reasoning": lambda event, _: ("reasoning", {"text": event["text"]}),
    "tool_call": lambda event, _: (
        "tool.proposed",
        {"tool": event["tool"], "args": canonical.encode(event["tool"], event["arguments"] or {})},
    ),
    "tool_result": lambda event, _: ("tool.finished", _finished(event)),
    "run_finished": lambda event, _: ("run.finished", {"output": event["text"], "claim": "ended"}),
}
"""What each recorded event has to be in the store: its kind, and the fields that carry its text."""
