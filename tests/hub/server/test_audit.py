"""The record over HTTP: search both ways, one entry, an export that verifies anywhere, and what erasing leaves."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from interlock import ids
from interlock.audit.export import encode, lines, manifest
from interlock.audit.note import read
from interlock.audit.verify import Checked, verify_export
from interlock.hub.backup import make, restore
from tests.hub.server.raw import RawGate, raw_gate
from tests.hub.server.staff import made
from tests.support.hubs import HubProcess, running_hub

SECRET = "words that a customer wants gone " * 3000
SPLIT = 'ends here\r\n{"entry": {}}\n999,"ann","=1+1"'


def _told(gate: RawGate, name: str) -> str:
    """Let a run tell a long text that is its own, and return the text's digest."""
    text = SECRET + name
    digest = sha256(text.encode()).hexdigest()
    body = {"sha256": digest, "size": len(text), "chunks": [digest], "head": text[:20]}
    gate.open(name)
    gate.say("chunk", run=name, sha256=digest, data=text)
    gate.events(name, 2, {"kind": "reasoning", "text": body})
    gate.stored(name, 2)
    return digest


@pytest.fixture(scope="module")
def run(hub: HubProcess) -> str:
    """A run with a long text, that somebody paused for an odd reason."""
    name = ids.new_run()
    with raw_gate(hub) as gate:
        _told(gate, name)
        order = {"verb": "pause", "runs": [name], "reason": SPLIT}
        hub.ask("POST", "/v1/orders", order, **{"Interlock-Who": quote("ann\n=2+2")})
    return name


def _ask(hub: HubProcess, path: str = "", **asked: Any) -> Any:
    return hub.get(f"/v1/audit{path}?{urlencode(asked)}")


def test_the_record_is_searched_both_ways(hub: HubProcess, run: str) -> None:
    """By run, kind, text and time, from either end, entries come with their rows."""
    found = _ask(hub, run=run)
    numbers = [entry["n"] for entry in found["entries"]]
    assert numbers == sorted(numbers)
    assert [e["n"] for e in _ask(hub, run=run, before=numbers[-1] + 1)["entries"]] == numbers[::-1]
    (order,) = _ask(hub, run=run, kind="order")["entries"]
    assert (order["what"], order["why"]) == ("pause the run", SPLIT)
    assert _ask(hub, operator=order["who"])["entries"] == [order]
    assert _ask(hub, q="ENDS HERE")["entries"] == [order]
    assert _ask(hub, run=run, to=1.0)["entries"] == []
    one = _ask(hub, f"/{order['n']}")
    assert one["entry"] == order
    assert one["checkpoint"]["n"] >= order["n"]
    assert hub.ask("GET", "/v1/audit/999999")[0] == 404


def _export(hub: HubProcess, **asked: Any) -> Checked:
    head = _ask(hub, "/head")
    point = read(head["head"])
    assert point is not None
    page = _ask(hub, "/export", limit=2000, **asked)
    kept = [entry for entry in page["lines"] if entry["n"] <= point.n]
    points = [each for each in page["checkpoints"] if each["n"] <= point.n]
    first, last = (kept[0]["n"], kept[-1]["n"]) if kept else (0, 0)
    ends = manifest(len(kept), (first, last), {name: str(value) for name, value in asked.items()}, point)
    texts = [encode(line) for line in [*lines(kept, points), ends]]
    assert all(len(text.splitlines()) == 1 for text in texts)
    return verify_export(texts, head["key"])


def test_an_export_verifies_with_the_key_alone(hub: HubProcess, run: str) -> None:
    """The whole record, and one run of it with a signature for each entry; no reason splits a line."""
    whole = _export(hub)
    assert (whole.ok, whole.complete, whole.problem) == (True, True, "")
    part = _export(hub, run=run, vouch="true")
    assert (part.ok, part.complete) == (True, False)
    assert part.checkpoints >= part.entries > 1
    assert hub.get("/v1/audit/verify")["ok"]


def test_the_head_is_told_in_the_status(hub: HubProcess) -> None:
    """Who watches the hub can remember how far its record was."""
    told, head = hub.get("/v1/status"), _ask(hub, "/head")["head"]
    assert told["head"].keys() == {"origin", "epoch", "n", "hash"}
    assert (told["head"]["origin"], told["witness"]) == (head["origin"], "")


def test_a_gate_that_remembers_more_tells_on_the_record() -> None:
    """A gate is told the head; one that saw another hash for an entry makes the hub say that it was rolled back."""
    with running_hub() as hub:
        with raw_gate(hub) as gate:
            gate.open(ids.new_run())
        with raw_gate(hub) as gate:
            head = gate.hear("head")
        for seen, word in (
            (head, ""),
            (head | {"n": 2, "hash": "ab" * 32}, "entry 2"),
            (head | {"n": 2**40}, "had "),
        ):
            with raw_gate(hub, hello=False) as gate:
                gate.say("hello", v=1, gate=gate.gate, pid=gate.pid, seen=seen)
                gate.hear("head")
                said = hub.get("/v1/status")["witness"]
                assert word in said
                assert bool(said) == bool(word)
        assert "rolled back" in (hub.data / "hub.log").read_text().lower()


def test_an_erased_text_is_gone_and_the_record_says_who_and_why(hub: HubProcess) -> None:
    """Reading it answers 410, an entry names it, the chain verifies, and asking again finds nothing."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        digest = _told(gate, run)
    status, refused = hub.ask("POST", "/v1/erase", {"reason": "she asked"})
    assert (status, refused["error"]["code"]) == (409, "conflict")
    assert hub.ask("POST", "/v1/erase", {"body": "0" * 64, "reason": "x"})[0] == 404
    status, done = hub.ask("POST", "/v1/erase", {"run": run, "reason": "she asked"})
    assert (status, done["bodies"], done["pieces"], done["more"]) == (200, 1, 1, False)
    status, gone = hub.ask("GET", f"/v1/bodies/{digest}")
    assert (status, gone["error"]["code"]) == (410, "erased")
    (entry,) = _ask(hub, kind="erased", run=run)["entries"]
    assert (entry["body"]["bodies"], entry["why"]) == ([digest], "she asked")
    assert hub.get("/v1/audit/verify")["ok"]
    assert hub.ask("POST", "/v1/erase", {"run": run, "reason": "again"})[1]["bodies"] == 0


@pytest.mark.usefixtures("run")
def test_a_restored_hub_pauses_its_fleet_until_a_person_lifts_that(hub: HubProcess, tmp_path: Path) -> None:
    """A backup of the running hub starts as a new epoch: its tokens open nothing, runs are paused, gates are told."""
    old = made(hub, "eve", "responder")
    assert hub.ask("GET", "/v1/status", Authorization=f"Bearer {old}")[0] == 200
    make(hub.data, tmp_path / "b.tar")
    told = restore(tmp_path / "b.tar", tmp_path / "back", by="ann", reason="a drill")
    with HubProcess(tmp_path / "back") as back:
        assert back.ask("GET", "/v1/status", Authorization=f"Bearer {old}")[0] == 401
        status = back.get("/v1/status")
        assert (status["head"]["epoch"], status["witness"]) == (told["epoch"], "")
        assert [(order["verb"], order["by"]) for order in status["standing"]] == [("pause", "hub")]
        with raw_gate(back) as gate:
            assert gate.open(ids.new_run())["state"] == "paused"
        assert back.get("/v1/audit/verify")["ok"]
        assert json.loads(json.dumps(_ask(back, kind="epoch")["entries"][0]["body"]))["by"] == "ann"
