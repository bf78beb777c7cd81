"""The wire: every kind has a golden file and survives the codec; the rest is refused with its place."""

import json
from pathlib import Path

import orjson
import pytest
from pydantic import TypeAdapter

from interlock import events, orders, wire
from interlock.errors import VersionError, WireError
from interlock.model import Model
from interlock.orders import order_adapter
from tests.library import samples
from tests.support.cases import each

GOLDEN = Path(__file__).parent / "golden"
ALL = {
    **{f"event.{event.kind}": (event, events.event_adapter) for event in samples.EVENTS},  # type: ignore[attr-defined]
    **{f"order.{order.verb}": (order, order_adapter) for order in samples.ORDERS},  # type: ignore[attr-defined]
    **{f"up.{frame.kind}": (frame, TypeAdapter(wire.Up)) for frame in samples.UP},  # type: ignore[attr-defined]
    **{f"down.{frame.kind}": (frame, TypeAdapter(wire.Down)) for frame in samples.DOWN},  # type: ignore[attr-defined]
}

pytestmark = pytest.mark.pure


@each(sorted(ALL))
def test_golden_file_pins_the_bytes_of_every_kind(name: str) -> None:
    """The JSON of each kind is what its golden file says, and reads back as the same object."""
    message, adapter = ALL[name]
    golden = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    assert json.loads(message.model_dump_json(exclude_none=True)) == json.loads(golden)
    assert adapter.validate_python(json.loads(golden)) == message


def test_every_golden_file_has_a_kind() -> None:
    """No golden file outlives its kind."""
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(ALL)


def test_samples_cover_every_event_kind() -> None:
    """Every class of the event union has a sample."""
    assert [type(event) for event in samples.EVENTS] == list(events.EVENTS)


def test_unknown_kind_keeps_its_fields() -> None:
    """An event of a later version is kept whole and told apart as unknown."""
    known = json.loads(samples.envelope(samples.EVENTS[4]).model_dump_json())
    known["event"] = {"kind": "mood.changed", "mood": "odd", "deep": {"a": [1]}}
    event = events.Envelope.model_validate(known).event
    assert isinstance(event, events.Unknown)
    assert event.model_dump() == known["event"]


def test_known_kind_drops_fields_of_a_newer_peer() -> None:
    """A field that this version does not know does not break an event that it knows."""
    event = events.event_adapter.validate_python({"kind": "reasoning", "text": "so", "mood": "odd"})
    assert event == events.Reasoning(text=samples.U("so"))


@each(samples.UP)
def test_frames_of_a_gate_survive_the_codec(frame: Model) -> None:
    """What a gate encodes, the hub decodes to the same frame."""
    assert wire.decode_up(wire.encode(frame)) == frame


@each(samples.DOWN)
def test_frames_of_a_hub_survive_the_codec(frame: Model) -> None:
    """What a hub encodes, the gate decodes to the same frame."""
    assert wire.decode_down(wire.encode(frame)) == frame


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("{", "frame"),
        ("[]", "frame"),
        ('{"kind":"fly"}', "frame"),
        ('{"kind":"beat","n":-1}', "beat.n"),
        ('{"kind":"leave","run":"../../etc"}', "leave.run"),
        ('{"kind":"events","batch":[]}', "events.batch"),
    ],
)
def test_malformed_frame_names_its_place(data: str, place: str) -> None:
    """A frame that the protocol does not allow is refused, and the refusal says where."""
    with pytest.raises(WireError) as caught:
        wire.decode_up(data)
    assert caught.value.place == place


def test_other_protocol_version_is_its_own_error() -> None:
    """A peer of another version is told so before its frame is looked at."""
    with pytest.raises(VersionError, match="protocol version 2, this side speaks 1"):
        wire.decode_up('{"kind":"hello","v":2,"whatever":true}')


def test_frame_over_the_limit_is_refused_when_encoded() -> None:
    """A frame longer than a peer would take is never sent."""
    with pytest.raises(WireError, match="at most 262144 bytes"):
        wire.encode(wire.Chunk(run=samples.RUN, sha256=samples.DIGEST, data="x" * wire.FRAME_MAX))


def test_envelope_bytes_are_plain_json() -> None:
    """The stored form of an event is ordinary JSON that any tool can read."""
    raw = samples.envelope(samples.EVENTS[7]).model_dump_json(exclude_none=True)
    assert orjson.loads(raw)["event"]["tool"] == "refund"


@pytest.mark.parametrize("kind", [[], {}, ["reasoning"], 1, None])
def test_a_kind_that_is_no_text_is_refused_like_any_other(kind: object) -> None:
    """Whatever stands where a kind should, the reader says that it is malformed."""
    said = json.loads(samples.envelope(samples.EVENTS[4]).model_dump_json()) | {"event": {"kind": kind}}
    with pytest.raises(WireError, match="kind"):
        wire.read_up(json.dumps({"kind": "events", "batch": [said]}))


@pytest.mark.parametrize("field", ["boot", "host", "sdk"])
def test_what_a_gate_says_of_its_process_is_short(field: str) -> None:
    """The hub keeps it for as long as it lives, so a hello with a long text in it is refused."""
    hello = {"kind": "hello", "v": wire.VERSION, "gate": samples.GATE, "pid": 1, field: "x" * 257}
    with pytest.raises(WireError, match=field):
        wire.decode_up(json.dumps(hello))


@pytest.mark.parametrize("order", samples.ORDERS, ids=lambda order: order.verb)
def test_a_thousand_commands_are_spelled_as_one_would_be(order: orders.Kill) -> None:
    """What ``commands`` writes for some runs reads back as the frame that names those runs and no others."""
    spell = wire.commands(order.model_dump(mode="json", exclude_none=True))
    for runs in (order.runs, ("r-00000000000000aa", "r-00000000000000bb")):
        frame = wire.Command(order=order.model_copy(update={"runs": runs}), runs=runs)
        assert wire.decode_down(spell(runs)) == frame
        assert json.loads(spell(runs)) == json.loads(wire.encode(frame))
