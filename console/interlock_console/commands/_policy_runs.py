"""Runs that have happened, as a policy is tried over them: from recordings, and from the hub's store."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from interlock.contract import ToolClass
from interlock.errors import ConfigError
from interlock.policy import Autonomy, Policy
from interlock.policy.trial import Trial
from interlock.runs import RunState
from interlock_console.client import Client, segment

__all__ = ["Setting", "recorded", "stored"]

Json = dict[str, Any]

LINE_MAX = 16 * 1024 * 1024
ARGS_MAX = 1024 * 1024
"""Characters of one call's arguments that are fetched from the hub; a longer one is judged without them."""


class Setting(NamedTuple):
    """The policy that is tried, and what stands instead of each run's own role and dial."""

    policy: Policy
    role: str | None = None
    dial: Autonomy | None = None

    def trial(self, run: str, role: str) -> Trial:
        """Begin a run."""
        return Trial(self.policy, run, self.role or role, dial=self.dial)


def recorded(path: Path, setting: Setting) -> Iterator[Trial]:
    """Yield the runs of a recording. Raises ConfigError where it is none, with the line.

    Only what the run itself saw is read. What was found out later (labels, expected answers, its verdict) is not.
    """
    trial: Trial | None = None
    declared: tuple[frozenset[str], frozenset[str]] | None = None
    for place, event in _events(path):
        kind = event.get("kind")
        if kind == "run_started":
            if trial is not None:
                yield trial
            trial = setting.trial(str(event.get("trajectory_id")), str(event.get("agent") or "agent"))
            declared = _declared(event)
        elif trial is None:
            raise ConfigError(
                "a recording that begins inside a run", value=place, fix="begin with run_started"
            )
        else:
            _take(trial, event, declared)
    if trial is not None:
        yield trial


def _take(trial: Trial, event: Json, declared: tuple[frozenset[str], frozenset[str]] | None) -> None:
    kind, at = event.get("kind"), float(event.get("ts") or 0)
    if kind == "goal":
        trial.goal = str(event.get("text") or "")
    elif kind == "tool_call":
        tool = str(event.get("tool") or "")
        args = event.get("arguments")
        inside = cast("Json", args) if isinstance(args, dict) else {}
        trial.call(int(event.get("seq") or 0), tool, inside, at, cls=_class(tool, declared))
    elif kind == "tool_result":
        trial.ended(str(event.get("tool") or ""), at, done=not event.get("is_error"))


def _declared(event: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return all tools and those that write, where a recording lists both; otherwise the policy alone says."""
    tools, writers = event.get("declared_tools"), event.get("write_tools")
    if not isinstance(tools, list) or not isinstance(writers, list):
        return None
    return frozenset(map(str, cast("list[object]", tools))), frozenset(
        map(str, cast("list[object]", writers))
    )


def _class(tool: str, declared: tuple[frozenset[str], frozenset[str]] | None) -> ToolClass | None:
    if declared is None:
        return None
    tools, writers = declared
    if tool in writers:
        return "write"
    return "read" if tool in tools else None


def _events(path: Path) -> Iterator[tuple[str, Json]]:
    number = 0
    try:
        with _opened(path) as file:
            while raw := file.readline(LINE_MAX + 1):
                number += 1
                if raw.strip():
                    yield f"{path.name}:{number}", _event(raw, f"{path.name}:{number}")
    except (OSError, EOFError, zlib.error) as error:
        problem = f"the recording cannot be read on after line {number} ({error})"
        raise ConfigError(problem, value=path.name, fix="name *.jsonl.gz or *.jsonl") from None


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def _event(raw: bytes, place: str) -> Json:
    try:
        found: object = json.loads(raw) if len(raw) <= LINE_MAX else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ConfigError("a line that is no event", value=place, fix="each line is one JSON object")
    return cast("Json", found)


def stored(client: Client, run: str, setting: Setting) -> Trial:
    """Return a run of the hub, by id or a unique beginning of it. Raises NotFound."""
    state = RunState.from_json(client.get(f"/v1/runs/{segment(run)}")["run"])
    trial = setting.trial(state.run, state.role.raw)
    reader = _Reader(client, trial)
    after = 0
    while True:
        page = client.get(f"/v1/runs/{segment(state.run)}/events", after=after, limit=1000)["items"]
        for item in page:
            reader.take(item["n"], item["e"])
        if not page:
            return trial
        after = page[-1]["n"]


class _Reader:
    """Folds the stored events of one run into a trial."""

    def __init__(self, client: Client, trial: Trial) -> None:
        self._client, self._trial = client, trial
        self._tools: dict[str, str] = {}
        self._taint: list[str] = []

    def take(self, n: int, envelope: Json) -> None:
        """Take one event."""
        body, at = envelope["event"], float(envelope["at"])
        kind = body.get("kind")
        if kind == "run.started":
            self._trial.goal = self._text(body.get("goal"))
        elif kind == "tool.proposed":
            self._tools[body["call"]] = body["tool"]
            self._trial.call(n, body["tool"], self._args(body), at, cls=body["cls"], tainted=self._taint)
        elif kind == "tool.finished" and body["call"] in self._tools:
            self._trial.ended(self._tools.pop(body["call"]), at, done=body["outcome"] == "done")
        elif kind == "input.screened":
            self._taint += [str(found["source"]) for found in body["findings"]]

    def _args(self, body: Json) -> Json:
        try:
            found: object = json.loads(self._text(body.get("args")) or "{}")
        except ValueError:
            found = None
        return cast("Json", found) if isinstance(found, dict) else {}

    def _text(self, body: object) -> str:
        if not isinstance(body, dict):
            return str(body or "")
        reference = cast("Json", body)
        path = f"/v1/bodies/{segment(str(reference['sha256']))}"
        answer = self._client.get(path, **{"from": 0, "length": ARGS_MAX})
        return str(answer["text"])
