"""Recorded runs: read as they are, one at a time, with every line that is no event named, and verdicts left behind."""

import gzip
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from interlock.adapters._classing import class_of
from interlock.adapters._pairing import pair
from interlock.adapters._recording import Malformed, Recorded, Recording, read

Json = dict[str, Any]


def event(seq: int, kind: str, **more: object) -> Json:
    """Return one recorded event as a line has it."""
    said = {
        "trajectory_id": "t/1",
        "seq": seq,
        "ts": float(seq),
        "kind": kind,
        "agent": "a",
        "role": "assistant",
    }
    return {**said, "text": None, "tool": None, "arguments": None, "result": None, "is_error": None, **more}


def run(*between: Json, name: str = "t/1") -> list[Json]:
    """Return the events of a small run around some others, numbered anew."""
    events = [event(0, "run_started"), event(1, "goal", text="do it"), *between, event(9, "run_finished")]
    return [{**one, "seq": seq, "trajectory_id": name} for seq, one in enumerate(events)]


def write(path: Path, lines: list[Json | str]) -> Path:
    """Write lines to a file, packed if its name says so."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def one(path: Path) -> Recording:
    """Return the only run of a file."""
    (found,) = read(path)
    assert isinstance(found, Recording), found
    return found


@pytest.mark.parametrize("name", ["runs.jsonl", "runs.jsonl.gz"])
def test_runs_are_told_apart_and_named_by_file_and_number(tmp_path: Path, name: str) -> None:
    """Packed or plain, each run is yielded with its events in order."""
    path = write(tmp_path / name, [*run(event(0, "message", text="hi")), *run(name="t/2")])
    found = [each for each in read(path) if isinstance(each, Recording)]
    assert [each.name for each in found] == [f"{name}#1", f"{name}#2"]
    assert [each.text for each in found[0].events] == [None, "do it", "hi", None]
    assert found[0].goal == "do it"


def test_nothing_of_a_verdict_is_read(tmp_path: Path) -> None:
    """What was found out about a run afterwards has no place in what the reader hands on."""
    secret = {"success": True, "reward": {"secret": 1}, "labels": ["secret"], "reference": {"secret": 2}}
    lines = [{**each, **secret} for each in run()]
    assert "secret" not in repr(one(write(tmp_path / "runs.jsonl", [*lines])))
    assert not {field.name for field in fields(Recorded)} & {"success", "reward", "labels", "reference"}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{broken", "not JSON"),
        ("[1]", "not a JSON object"),
        (event(2, "dance"), "unknown kind 'dance'"),
        ({"kind": "message"}, "no trajectory_id"),
        (event(7, "message"), "seq 7 where 2 was due"),
    ],
)
def test_a_line_that_is_no_event_is_named_and_its_run_left_out(
    tmp_path: Path, bad: Json | str, said: str
) -> None:
    """File and line number say where; the runs after it are played."""
    first = run()
    path = write(tmp_path / "runs.jsonl", [*first[:2], bad, *run(name="t/2")])
    problem, good = read(path)
    assert isinstance(problem, Malformed)
    assert str(problem).startswith("runs.jsonl:3: ")
    assert said in str(problem)
    assert isinstance(good, Recording)


def test_a_run_needs_its_beginning_goal_and_end(tmp_path: Path) -> None:
    """A run that was cut off is named by the line it begins at."""
    (problem,) = read(write(tmp_path / "runs.jsonl", [*run()[:-1]]))
    assert isinstance(problem, Malformed)
    assert str(problem).startswith("runs.jsonl:1: ")


def test_a_file_that_breaks_off_is_named_where_it_does(tmp_path: Path) -> None:
    """What came before a broken place in a packed file is still played."""
    path = write(tmp_path / "runs.jsonl.gz", [*run(event(0, "message", text="x" * 5000)), *run(name="t/2")])
    path.write_bytes(path.read_bytes()[:-20])
    problems = [each for each in read(path) if isinstance(each, Malformed)]
    assert len(problems) == 1
    assert "cannot be read on" in str(problems[0])


def call(seq: int, tool: str, name: str = "") -> Json:
    """Return a recorded call."""
    return event(seq, "tool_call", tool=tool, arguments={}, call_id=name)


def result(seq: int, tool: str, name: str = "") -> Json:
    """Return a recorded result."""
    return event(seq, "tool_result", tool=tool, result="r", call_id=name)


def test_results_belong_to_the_oldest_open_call_that_fits(tmp_path: Path) -> None:
    """Ids that repeat are used in order, and results without one go by the tool."""
    between = [call(0, "a", "x"), call(0, "a", "x"), result(0, "a", "x"), result(0, "a", "x")]
    between += [call(0, "b"), call(0, "c"), result(0, "c"), result(0, "b", "never-seen")]
    pairs = pair(one(write(tmp_path / "runs.jsonl", [*run(*between)])).events)
    assert pairs.call_of == {4: 2, 5: 3, 8: 7, 9: 6}
    assert pairs.unanswered == ()
    assert pairs.uncalled == ()
    assert len(set(pairs.ids.values())) == 4
    assert pairs.ids[2] == "x"


def test_what_has_no_partner_stays_alone(tmp_path: Path) -> None:
    """A result of another call is not given to one that waits, and a call may never be answered."""
    between = [result(0, "a"), call(0, "a", "x"), result(0, "a", "y")]
    pairs = pair(one(write(tmp_path / "runs.jsonl", [*run(*between)])).events)
    assert pairs.call_of == {}
    assert pairs.unanswered == (3,)
    assert pairs.uncalled == (2, 4)


def test_an_id_the_protocol_does_not_allow_is_replaced(tmp_path: Path) -> None:
    """Empty, foreign and very long ids get one of their own."""
    between = [call(0, "a", ""), call(0, "a", "with blank"), call(0, "a", "x" * 65)]
    pairs = pair(one(write(tmp_path / "runs.jsonl", [*run(*between)])).events)
    assert list(pairs.ids.values()) == ["seq-2", "seq-3", "seq-4"]


@pytest.mark.parametrize(
    ("declared", "writers", "tool", "cls"),
    [
        (["get_user", "book"], ["book"], "book", "write"),
        (["get_user", "book"], ["book"], "get_user", "read"),
        (["get_user", "book"], ["book"], "get_secrets", "danger"),
        (["get_user", "send_money"], None, "get_user", "read"),
        (["get_user", "send_money"], None, "send_money", "danger"),
        (["get_user", "send_money"], None, "get_secrets", "danger"),
        (None, None, "Grep", "read"),
        (None, None, "Bash", "danger"),
        (None, None, "GET Patient", "read"),
        (None, None, "POST ServiceRequest", "danger"),
        (None, None, "get_\nmoney", "danger"),
    ],
)
def test_a_tool_nobody_classified_is_danger(
    tmp_path: Path, declared: list[str] | None, writers: list[str] | None, tool: str, cls: str
) -> None:
    """The recording's own lists decide; without them only what is a reader by name needs no permit."""
    first, *rest = run()
    lists = {"declared_tools": declared, "write_tools": writers}
    recording = one(write(tmp_path / "runs.jsonl", [{**first, **lists}, *rest]))
    assert class_of(recording, tool) == cls
