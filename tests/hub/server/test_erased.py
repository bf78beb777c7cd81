"""A hub that dies between the record and the trace erases at its next start what the record says is erased."""

import json
from hashlib import sha256
from typing import Any

import pytest

from interlock import ids
from tests.gameday.sandbox import until
from tests.hub.server.escalated import wants
from tests.hub.server.raw import frames, raw_console, raw_gate
from tests.support.hubs import HubProcess, running_hub

TEXT = "words that were to be kept for a month " * 2500
DIGEST = sha256(TEXT.encode()).hexdigest()


def test_what_the_record_says_is_erased_is_erased() -> None:
    """Killed right before the answer the text is still there, and gone once a hub runs again; age counts too."""
    run, body = ids.new_run(), {"sha256": DIGEST, "size": len(TEXT), "chunks": [DIGEST], "head": TEXT[:20]}
    with running_hub() as hub:
        with raw_gate(hub) as gate:
            gate.open(run)
            gate.say("chunk", run=run, sha256=DIGEST, data=TEXT)
            gate.events(run, 2, {"kind": "reasoning", "text": body})
            gate.stored(run, 2)
        assert hub.ask("POST", "/v1/erase", {"older_s": 10**6, "reason": "old"})[1]["bodies"] == 0
        hub.stop()
        hub.environ["INTERLOCK_FAILPOINT"] = "before reply"
        hub.start()
        with pytest.raises(ConnectionError):
            hub.ask("POST", "/v1/erase", {"older_s": 0, "reason": "kept long enough"})
        hub.wait()
        del hub.environ["INTERLOCK_FAILPOINT"]
        hub.start()
        (entry,) = hub.get("/v1/audit?kind=erased")["entries"]
        assert entry["body"]["bodies"] == [DIGEST]
        assert hub.ask("GET", f"/v1/bodies/{DIGEST}")[0] == 410
        assert hub.ask("POST", "/v1/erase", {"older_s": 0, "reason": "again"})[1]["bodies"] == 0
        assert hub.get("/v1/audit/verify")["ok"]


SECRET = "Mrs Sommer of Lindenweg 4"


def _texts() -> list[dict[str, Any]]:
    call = {"call": "c1"}
    return [
        {"kind": "reasoning", "text": SECRET},
        {"kind": "tool.proposed", **call, "tool": "lookup", "cls": "read", "args": f'{{"who":"{SECRET}"}}'},
        {"kind": "tool.started", **call},
        {"kind": "tool.finished", **call, "outcome": "done", "result": SECRET},
    ]


def _told(hub: HubProcess) -> tuple[bool, str]:
    """Return what a console hears that saw nothing yet: whether there is a gap, and the states or the events."""
    gap = False
    with raw_console(hub, since=0) as socket:
        for frame in frames(socket, "gap", "snapshot", "tick"):
            if frame["kind"] != "gap":
                return gap, json.dumps(frame)
            gap = True
    raise AssertionError(gap)


def _answers(hub: HubProcess, run: str) -> str:
    """Return everything the hub says of a run, and of it to a console that saw nothing yet."""
    paths = ("/v1/runs", f"/v1/runs/{run}", f"/v1/runs/{run}/events", f"/v1/runs/{run}/tree", "/v1/audit")
    search = hub.get(f"/v1/runs/{run}/search?q=sommer")["hits"]
    return json.dumps([_told(hub), search, *map(hub.get, paths)])


def _files(hub: HubProcess) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(hub.data.glob("trace.db*")))


def test_the_short_texts_of_a_run_are_in_no_file_and_no_answer() -> None:
    """Erased while the run goes on; a console and a gate that come to it are told nothing of what was there."""
    run = ids.new_run()
    asked = {"run": run, "reason": "she asked"}
    with running_hub() as hub, raw_gate(hub) as gate:
        gate.open(run)
        gate.events(run, 2, *_texts())
        gate.stored(run, 5)
        wants(gate, run, "c-2", {"amount": 180.0})
        name = gate.hear("waiting")["escalation"]
        assert hub.ask("POST", "/v1/erase", asked)[1]["error"]["code"] == "conflict"
        digest = hub.get(f"/v1/escalations/{name}")["digest"]
        assert hub.ask("POST", f"/v1/escalations/{name}/reject", {"digest": digest, "reason": "no"})[0] == 200
        assert not _told(hub)[0]
        assert SECRET in _answers(hub, run)
        assert SECRET.encode() in _files(hub)
        status, done = hub.ask("POST", "/v1/erase", asked)
        assert (status, done["bodies"], done["events"] > 5, done["more"]) == (200, 0, True, False)
        assert SECRET.encode() not in _files(hub)
        assert SECRET not in _answers(hub, run)
        assert _told(hub)[0]
        with raw_gate(hub) as second:
            second.say("join", req="j", run=run)
            assert second.hear("opened")["goal"] == f"[erased {done['erasure']}]"
        gate.events(run, 6, {"kind": "reasoning", "text": "it goes on"})
        gate.stored(run, 6)
        assert "it goes on" in _answers(hub, run)


def test_short_texts_that_the_record_says_are_erased_are_erased() -> None:
    """Killed right before the answer the hub has them still, and not once it runs again; then nothing is left."""
    run = ids.new_run()
    asked = {"run": run, "reason": "she asked"}
    with running_hub() as hub:
        with raw_gate(hub) as gate:
            gate.open(run)
            gate.events(run, 2, *_texts())
            gate.stored(run, 5)
        hub.stop()
        hub.environ["INTERLOCK_FAILPOINT"] = "before reply"
        hub.start()
        with pytest.raises(ConnectionError):
            hub.ask("POST", "/v1/erase", asked)
        hub.wait()
        del hub.environ["INTERLOCK_FAILPOINT"]
        assert SECRET.encode() in _files(hub)
        hub.start()
        assert SECRET.encode() not in _files(hub)
        assert SECRET not in _answers(hub, run)
        (entry,) = hub.get("/v1/audit?kind=erased")["entries"]
        assert (entry["run"], entry["body"]["texts"]["run"], entry["body"]["bodies"]) == (run, run, [])
        assert hub.get("/v1/audit/verify")["ok"]


def test_texts_are_kept_for_as_long_as_the_hub_was_told() -> None:
    """Of a run that ended and was silent for longer all of them go, by an entry of the record, without being asked."""
    run = ids.new_run()
    with running_hub(options=("--keep-texts", "1s")) as hub:
        with raw_gate(hub) as gate:
            gate.open(run)
            gate.events(run, 2, *_texts(), {"kind": "run.finished", "claim": "done", "output": SECRET})
            gate.stored(run, 6)
            gate.say("leave", run=run)
        (entry,) = until(lambda: hub.get("/v1/audit?kind=erased")["entries"], "what is erased")
        assert (entry["run"], entry["body"]["cause"]) == (run, "retention")
        until(lambda: SECRET not in json.dumps(hub.get(f"/v1/runs/{run}/events")), "the end of its texts")
        assert hub.get(f"/v1/runs/{run}")["run"]["goal"] == f"[erased {entry['body']['erasure']}]"
