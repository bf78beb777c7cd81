"""The harness computes what it says, and every bench says what it is held against."""

from __future__ import annotations

import json

import orjson
import pytest

from interlock.wire import FRAME_MAX, read_up
from tests.bench.figures import found
from tests.bench.parts.traffic import BATCH_S, Script
from tests.bench.parts.websocket import frame
from tests.bench.report import line, total
from tests.bench.shape import (
    MET,
    NO_GOAL,
    NOT_MET,
    Bench,
    Figure,
    Floor,
    interleave,
    p50,
    p99,
    percentile,
    ratio_of_rounds,
    short,
)

pytestmark = pytest.mark.pure

BENCHES = found()


def test_a_percentile_is_a_measured_value_of_the_nearest_rank() -> None:
    """Of 1 to 100 the median is 50 and the 99th percentile is 99; of one value both are that value."""
    values = [float(value) for value in range(100, 0, -1)]
    assert (p50(values), p99(values), percentile(values, 1.0), percentile(values, 0.0)) == (50, 99, 100, 1)
    assert (p50([7.0]), p99([7.0])) == (7.0, 7.0)
    assert p99([1.0, 2.0, 30.0]) == 30.0


def test_a_percentile_of_nothing_is_refused() -> None:
    """No samples give no figure."""
    with pytest.raises(ValueError, match="nothing was measured"):
        p50([])


def test_contenders_take_turns_and_neither_always_follows_the_other() -> None:
    """In every round each contender is called as often as asked, in an order that swaps at each turn."""
    calls: list[str] = []

    def a() -> int:
        calls.append("a")
        return len(calls)

    def b() -> int:
        calls.append("b")
        return len(calls)

    ours, floor = interleave(2, 3, a, b)
    assert "".join(calls) == "abbaababbaab"
    assert ours == [[1, 4, 5], [7, 10, 11]]
    assert floor == [[2, 3, 6], [8, 9, 12]]


def test_a_ratio_is_taken_within_each_round() -> None:
    """A round in which the machine was slow for both sides does not move the ratio."""
    assert (
        ratio_of_rounds([[2, 2, 2], [200, 200, 200], [4, 4, 4]], [[1, 1, 1], [100, 100, 100], [1, 1, 1]]) == 2
    )


@pytest.mark.parametrize(
    ("figure", "word"),
    [
        (Figure("x", 4.0, "ms", Floor("f", 2.0), 2.0), MET),
        (Figure("x", 4.1, "ms", Floor("f", 2.0), 2.0), NOT_MET),
        (Figure("x", 4.0, "ms", Floor("f", 2.0), 2.0, ratio=2.5), NOT_MET),
        (Figure("x", 51.0, "ms", None, 50.0), NOT_MET),
        (Figure("x", 50.0, "ms", None, 50.0), MET),
        (Figure("x", 50.0, "ms"), NO_GOAL),
    ],
)
def test_a_goal_is_met_by_the_ratio_to_the_floor_or_without_one_by_the_value(
    figure: Figure, word: str
) -> None:
    """The word follows from the number that is printed, and stands in the line and in the JSON."""
    assert figure.word == word
    assert json.loads(json.dumps(figure.to_json()))["word"] == word
    assert word in line(figure)


def test_the_last_line_names_every_goal_that_was_missed() -> None:
    """Missed goals are named, lines without a goal are not counted."""
    figures = [Figure("a", 1, "ms", None, 2), Figure("b", 3, "ms", None, 2), Figure("c", 9, "ms")]
    assert total(figures) == "1 of 2 goals met; NOT met: b"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (0.0421, "0.0421"), (0.421, "0.421"), (4.21, "4.21"), (42.1, "42.1"), (4210, "4,210")],
)
def test_numbers_are_shown_with_three_digits(value: float, said: str) -> None:
    """Small numbers keep their digits, large ones get separators."""
    assert short(value) == said


@pytest.mark.parametrize("bench", BENCHES.values(), ids=BENCHES)
def test_every_bench_says_what_it_shows_its_goal_and_its_floor(bench: Bench) -> None:
    """A file in the folder is one bench with all its words, found by its own name."""
    assert all((bench.name, bench.shows, bench.goal, bench.floor))
    assert BENCHES[bench.name] is bench


def test_the_load_is_what_a_gate_sends() -> None:
    """The load's frames pass the hub's own decoder, count without a gap, and hold 1 KB an event."""
    script = Script("r-0123456789abcdef")
    sizes: list[int] = []
    seqs: list[int] = []
    for now in (1000.0, 2000.0):
        sent = script.batch(Script.CALL, now)
        decoded, _ = read_up(sent)
        seqs += [envelope.seq for envelope in decoded.batch]
        at = [envelope.at for envelope in decoded.batch]
        assert at == sorted(at)
        assert at[-1] == now
        assert at[0] >= now - BATCH_S
        sizes.append(len(sent) // Script.CALL)
    assert seqs == list(range(2, 12))
    assert all(abs(size - 1024) < 50 for size in sizes)
    read_up(orjson.dumps({"kind": "open", "req": "1", "run": script.run, "first": script.first(1.0)}))


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, FRAME_MAX])
def test_a_client_frame_says_its_own_length(size: int) -> None:
    """The three forms of a WebSocket length, masked with zeros, leave the payload as it is."""
    sent = frame(b"x" * size)
    assert sent[0] == 0x81
    assert sent[1] & 128
    length, head = sent[1] & 127, 2
    if length >= 126:
        head = 4 if length == 126 else 10
        length = int.from_bytes(sent[2:head], "big")
    assert length == size
    assert sent[head:] == b"\0\0\0\0" + b"x" * size
