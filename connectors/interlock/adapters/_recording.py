"""Recorded runs, read from ``*.jsonl.gz`` or ``*.jsonl`` one run at a time.

One JSON object a line and event, the events of one run together and in order; the data's README has the fields.
What the recording's makers found out about a run afterwards (its verdict, labels, expected actions) is not among
the fields read here, so nothing downstream can send it.
"""

import gzip
import io
import json
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from interlock.errors import InterlockError

__all__ = ["KINDS", "Malformed", "Recorded", "Recording", "read"]

Json = dict[str, Any]

KINDS = frozenset(("run_started", "goal", "message", "reasoning", "tool_call", "tool_result", "run_finished"))

LINE_MAX = 16 * 1024 * 1024
RUN_MAX = 64 * 1024 * 1024
"""Bytes of one line, and of the lines of one run, that are read at most."""


class Malformed(InterlockError):
    """A line of a recording that cannot be played; ``place`` is its file and line number."""

    def __init__(self, place: str, problem: str) -> None:
        self.place, self.problem = place, problem
        super().__init__(place, problem)

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event as recorded. ``ts`` is seconds since the run began; ``text`` what was said, asked or came back."""

    seq: int
    ts: float
    kind: str
    agent: str
    role: str
    text: str | None
    tool: str
    arguments: Json
    failed: bool
    call_id: str
    parent_call_id: str


@dataclass(frozen=True, slots=True)
class Recording:
    """One run: ``name`` is the file and the number of the run in it, 1 the first."""

    name: str
    place: str
    agent: str
    model: str
    task: str
    declared: frozenset[str] | None
    writers: frozenset[str] | None
    """The tools the recording lists as writing; None when it lists none."""
    events: tuple[Recorded, ...]

    @property
    def goal(self) -> str:
        """What the run was asked to do."""
        return next(event.text or "" for event in self.events if event.kind == "goal")


def read(path: Path) -> Iterator[Recording | Malformed]:
    """Yield the runs of one file, and in their place what keeps one from being played.

    A line that is no event is named and left out, and with it the run it stands in; a file that breaks off is named
    where it does. Holds one run in memory.
    """
    try:
        for number, lines in enumerate(_runs(path), 1):
            yield _recording(f"{path.name}#{number}", lines)
    except Malformed as problem:
        yield problem


_Line = tuple[str, "Json | Malformed"]


def _runs(path: Path) -> Iterator[list[_Line]]:
    run: list[_Line] = []
    current, size = "", 0
    for place, raw in _lines(path):
        event = _event(place, raw)
        name = current if isinstance(event, Malformed) else str(event["trajectory_id"])
        if run and name != current:
            yield run
            run, size = [], 0
        current, size = name, size + len(raw)
        if size > RUN_MAX:
            raise Malformed(place, f"the run is longer than {RUN_MAX} bytes")
        run.append((place, event))
    if run:
        yield run


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    number = 0
    with _opened(path) as file:
        while True:
            number += 1
            place = f"{path.name}:{number}"
            try:
                raw = file.readline(LINE_MAX + 1)
            except (OSError, EOFError, zlib.error) as error:
                raise Malformed(place, f"the file cannot be read on ({error})") from None
            if not raw:
                return
            if len(raw) > LINE_MAX:
                raise Malformed(place, f"the line is longer than {LINE_MAX} bytes")
            if raw.strip():
                yield place, raw


@contextmanager
def _opened(path: Path) -> Generator[IO[bytes]]:
    with path.open("rb") as plain:
        if plain.peek(2)[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=plain) as file, io.BufferedReader(cast("Any", file)) as lines:
                yield lines
        else:
            yield plain


_MUST: tuple[tuple[str, type | tuple[type, ...]], ...] = (
    ("trajectory_id", str),
    ("seq", int),
    ("ts", (int, float)),
    ("kind", str),
)


def _event(place: str, raw: bytes) -> Json | Malformed:
    try:
        event: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return Malformed(place, f"not JSON ({error})")
    if not isinstance(event, dict):
        return Malformed(place, "not a JSON object")
    fields = cast("Json", event)
    for name, kind in _MUST:
        if not isinstance(fields.get(name), kind):
            return Malformed(place, f"no {name}, or not of its type")
    if fields["kind"] not in KINDS:
        return Malformed(place, f"unknown kind {fields['kind']!r}")
    return fields


def _recording(name: str, lines: list[_Line]) -> Recording | Malformed:
    for at, (place, event) in enumerate(lines):
        if isinstance(event, Malformed):
            return event
        if event["seq"] != at:
            return Malformed(place, f"seq {event['seq']!r} where {at} was due")
    place, first = lines[0][0], cast("Json", lines[0][1])
    events = tuple(_recorded(cast("Json", event)) for _, event in lines)
    kinds = [event.kind for event in events]
    if kinds[0] != "run_started" or kinds[-1] != "run_finished":
        return Malformed(place, "the run does not begin with run_started and end with run_finished")
    for kind in ("run_started", "goal", "run_finished"):
        if kinds.count(kind) != 1:
            return Malformed(place, f"the run has {kinds.count(kind)} events {kind}, and needs one")
    return Recording(
        name=name,
        place=place,
        agent=_text(first, "agent") or "agent",
        model=_text(first, "model"),
        task=_text(first, "task"),
        declared=_names(first, "declared_tools"),
        writers=_names(first, "write_tools"),
        events=events,
    )


def _recorded(event: Json) -> Recorded:
    said: object = event.get("result") if event["kind"] == "tool_result" else event.get("text")
    arguments: object = event.get("arguments")
    return Recorded(
        seq=event["seq"],
        ts=float(event["ts"]),
        kind=event["kind"],
        agent=_text(event, "agent"),
        role=_text(event, "role"),
        text=said if isinstance(said, str) else None,
        tool=_text(event, "tool"),
        arguments=cast("Json", arguments) if isinstance(arguments, dict) else {},
        failed=event.get("is_error") is True,
        call_id=_text(event, "call_id"),
        parent_call_id=_text(event, "parent_call_id"),
    )


def _text(event: Json, name: str) -> str:
    value: object = event.get(name)
    return value if isinstance(value, str) else ""


def _names(event: Json, name: str) -> frozenset[str] | None:
    value: object = event.get(name)
    if not isinstance(value, list):
        return None
    return frozenset(tool for tool in cast("list[object]", value) if isinstance(tool, str))
