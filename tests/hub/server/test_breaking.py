"""Open breakers as the hub tells of them: by tool, endpoint and gate, bounded, and gone with their gate."""

from typing import Any, Literal

import pytest
from pydantic import ValidationError

from interlock.breakers import Tripped
from interlock.hub.core.world import Gate
from interlock.hub.server.breaking import MOST, Breaking
from interlock.text import Untrusted

pytestmark = pytest.mark.pure

GATES = {name: Gate(name, conn=1) for name in ("g-1", "g-2")}


def _changed(state: str, tool: str = "quote", endpoint: str = "", for_ms: float = 0.0) -> dict[str, Any]:
    return {"kind": "breaker.changed", "tool": tool, "endpoint": endpoint, "state": state, "for_ms": for_ms}


def _breaking() -> Breaking:
    return Breaking(lambda text: text.replace("hunter2", "[secret]"))


def test_each_gate_has_a_breaker_of_its_own_until_it_closes() -> None:
    """An open one says until when by the hub's clock; half open it has no such time; closed it is not told."""
    breaking = _breaking()
    breaking.heard("g-1", _changed("open", for_ms=30_000.0), 1000.0)
    breaking.heard("g-2", _changed("open", for_ms=10_000.0), 1001.0)
    told = breaking.to_json(GATES)
    assert [(one["gate"], one["until"]) for one in told] == [("g-2", 1011.0), ("g-1", 1030.0)]
    breaking.heard("g-1", _changed("half-open"), 1030.0)
    (newest, other) = breaking.to_json(GATES)
    assert (newest["gate"], newest["state"], newest["until"], newest["since"]) == (
        "g-1",
        "half-open",
        None,
        1000.0,
    )
    assert other["gate"] == "g-2"
    breaking.heard("g-1", _changed("closed"), 1031.0)
    assert [one["gate"] for one in breaking.to_json(GATES)] == ["g-2"]


def test_a_gate_that_is_gone_takes_its_breakers_along() -> None:
    """Gone, unknown, or away without any run: nobody is held back there any more. Away with a run it is told."""
    breaking = _breaking()
    for name in ("g-1", "g-2", "g-3", "g-4"):
        breaking.heard(name, _changed("open", for_ms=1.0), 1.0)
    gates = {
        "g-1": Gate("g-1", conn=1, gone=True),
        "g-2": Gate("g-2"),
        "g-3": Gate("g-3", runs={"r-1": None}),
    }
    assert [one["gate"] for one in breaking.to_json(gates)] == ["g-3"]


def test_breakers_without_end_are_bounded_and_endpoints_have_no_secrets() -> None:
    """Agents name endpoints: the newest are told, and what is a secret in them is not."""
    breaking = _breaking()
    for number in range(MOST + 10):
        breaking.heard("g-1", _changed("open", endpoint=f"hunter2-{number}", for_ms=1.0), float(number))
    told = breaking.to_json(GATES)
    assert len(told) == MOST
    assert told[0]["endpoint"] == f"[secret]-{MOST + 9}"


def test_a_gate_with_breakers_without_end_pushes_out_no_other_gate() -> None:
    """Whichever way it tells of them: what the other gate said first is still told."""
    breaking = _breaking()
    breaking.heard("g-2", _changed("open", endpoint="other", for_ms=9_000.0), 1.0)
    for number in range(MOST + 10):
        breaking.heard("g-1", _changed("open", endpoint=f"e-{number}", for_ms=1.0), float(number))
    assert breaking.to_json(GATES)[-1]["endpoint"] == "other"
    breaking.told("g-1", [_tripped(f"t-{number}") for number in range(MOST)], 2000.0)
    told = breaking.to_json(GATES)
    assert (len(told), told[-1]["endpoint"]) == (MOST, "other")


@pytest.mark.parametrize("ms", [1.1e15, -1.0, float("inf"), float("nan")])
def test_no_gate_can_say_a_time_that_no_screen_can_show(ms: float) -> None:
    """Refused as the frame is read, like every other length of time that agents say."""
    with pytest.raises(ValidationError):
        _tripped("far", for_ms=ms)
    with pytest.raises(ValidationError):
        _tripped("far", since_ms=ms)


def _tripped(endpoint: str, state: Literal["open", "half-open"] = "open", **ms: float) -> Tripped:
    return Tripped(tool=Untrusted("quote"), endpoint=Untrusted(endpoint), state=state, **ms)


def test_what_a_gate_says_of_all_its_breakers_replaces_what_was_known_of_it() -> None:
    """Times are by the hub's clock, the latest to leave closed is first, and no other gate's are touched."""
    breaking = _breaking()
    breaking.heard("g-1", _changed("open", endpoint="closed-meanwhile", for_ms=9_000.0), 1000.0)
    breaking.heard("g-2", _changed("open", endpoint="other", for_ms=9_000.0), 1001.0)
    said = (
        _tripped("hunter2", for_ms=5_000.0, since_ms=1_000.0),
        _tripped("probing", "half-open", since_ms=60_000.0),
    )
    breaking.told("g-1", said, 2000.0)
    told = [(one["endpoint"], one["state"], one["until"], one["since"]) for one in breaking.to_json(GATES)]
    assert told == [
        ("[secret]", "open", 2005.0, 1999.0),
        ("probing", "half-open", None, 1940.0),
        ("other", "open", 1010.0, 1001.0),
    ]
    breaking.told("g-1", (), 2001.0)
    assert [one["gate"] for one in breaking.to_json(GATES)] == ["g-2"]
