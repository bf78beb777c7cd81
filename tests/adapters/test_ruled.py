"""A replay under a policy: it goes on, and the trace says what the policy would have said."""

import threading
from pathlib import Path

import interlock
from interlock import wire
from interlock.adapters._player import play
from interlock.adapters._recording import Recording, read
from tests.adapters.test_replay import calls, recording
from tests.gate.ruled import POLICY, told
from tests.support.hublet import Hublet


def test_a_policy_denies_a_replay_nothing_and_says_what_it_would_have(tmp_path: Path) -> None:
    """Recorded calls have no effect: all are played as shadowed, and none asks for a permit."""
    (found,) = read(recording(tmp_path / "run.jsonl", *calls(3)))
    assert isinstance(found, Recording)
    with Hublet() as hub:
        hub.rule(POLICY)
        with interlock.connect(hub.url, hub.token) as gate:
            played = play(gate, found, None, threading.Event())
        assert (played.end, played.refused, played.problem) == ("finished", 0, "")
        decided = told(hub.told(played.run), "shadow")
        assert [(one["would"], one["rule"]) for one in decided] == [("deny", "roles")] * 3
        assert [event["result"] for event in hub.told(played.run, "tool.finished")] == ["sent"] * 3
        assert hub.of(wire.AskPermit) == []


def test_a_stopped_dial_refuses_the_calls_of_a_replay(tmp_path: Path) -> None:
    """At stopped nothing goes on, whatever it is: the calls are left out and counted."""
    (found,) = read(recording(tmp_path / "run.jsonl", *calls(2)))
    assert isinstance(found, Recording)
    with Hublet() as hub:
        hub.rule(None, ({"fleet": True}, "stopped"))
        with interlock.connect(hub.url, hub.token) as gate:
            played = play(gate, found, None, threading.Event())
        assert (played.end, played.refused) == ("finished", 2)
        assert "stands at 'stopped'" in played.problem
