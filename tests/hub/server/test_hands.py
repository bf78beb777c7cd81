"""Hand-off at a real hub: who has a run, what was noted, who watches, and who says to be whom."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import connect

from interlock import ids
from tests.hub.server.raw import frames, raw_console, raw_gate
from tests.support.hubs import HubProcess, running_hub

SECRET = "AKIA" + "ABCDEFGHIJKLMNOP"


@pytest.fixture
def run(hub: HubProcess) -> Iterator[str]:
    """Yield a run that is open, in nobody's hands yet."""
    with raw_gate(hub) as gate:
        name = ids.new_run()
        gate.open(name)
        yield name


def claim(hub: HubProcess, run: str, who: str = "", **more: Any) -> tuple[int, Any]:
    """Claim a run, as whoever says to be ``who``."""
    headers = {"Interlock-Who": who} if who else {}
    return hub.ask("POST", f"/v1/runs/{run}/claim", {"claim": True, **more}, **headers)


def test_a_hand_over_is_in_the_record_the_trace_and_the_state(hub: HubProcess, run: str) -> None:
    """A claim, a take-over and a note are found wherever somebody looks, with both names."""
    operator = hub.get("/v1/status")["operator"]
    assert claim(hub, run, "Ann")[1]["claimed_by"] == f"{operator} (says Ann)"
    status, answer = claim(hub, run, "Bj%C3%B6rn")
    assert (status, answer["error"]["code"]) == (409, "claimed")
    assert "(says Ann)" in answer["error"]["problem"]
    status, answer = claim(hub, run, "Bj%C3%B6rn", take=True, note="shift ends")
    assert (status, answer["claimed_by"]) == (200, f"{operator} (says Björn)")
    said = hub.ask("POST", f"/v1/runs/{run}/notes", {"text": f"it waits {SECRET}"})
    assert (said[0], said[1]["notes"], said[1]["unrecorded"]) == (200, 1, False)
    state = hub.get(f"/v1/runs/{run}")["run"]
    assert (state["claimed_by"], state["notes"]) == (f"{operator} (says Björn)", 1)
    assert state["last_note"].startswith("it waits")
    kinds = [item["e"]["event"]["kind"] for item in hub.get(f"/v1/runs/{run}/events")["items"]]
    assert kinds[-3:] == ["run.claimed", "run.claimed", "run.noted"]
    entries = [entry for entry in hub.get("/v1/audit?limit=500")["entries"] if entry["run"] == run]
    assert [entry["kind"] for entry in entries[-3:]] == ["claim", "claim", "note"]
    assert entries[-2]["body"]["taken_from"] == f"{operator} (says Ann)"
    assert SECRET not in json.dumps([entries, state])


def test_an_order_keeps_the_name_beside_the_operator(hub: HubProcess) -> None:
    """The receipt says whose token it was and who they said to be; without the header it is the operator alone."""
    operator = hub.get("/v1/status")["operator"]
    with raw_gate(hub) as gate:
        for who, by in (("Ann", f"{operator} (says Ann)"), ("", operator)):
            name = ids.new_run()
            gate.open(name)
            headers = {"Interlock-Who": who} if who else {}
            order = {"verb": "pause", "runs": [name]}
            assert hub.ask("POST", "/v1/orders", order, **headers)[1]["receipts"][0]["by"] == by


def test_the_hub_says_who_watches(hub: HubProcess) -> None:
    """A console that said who it is and that it only reads is named so, until it is gone."""
    headers = {"Authorization": f"Bearer {hub.operator_token}"}
    url = f"{hub.ws}/v1/console"
    with connect(url, additional_headers=headers, compression=None, proxy=None) as socket:
        socket.send(json.dumps({"kind": "watch", "v": 1, "since": None, "who": "Ann", "read_only": True}))
        next(frames(socket, "snapshot"))
        # One that closed a moment ago may be there still.
        told = next(one for one in hub.get("/v1/status")["consoles"] if one["who"].endswith(" (says Ann)"))
        assert (told["read_only"], told["since"] > 0) == (True, True)
        pulses = (pulse["hub"]["consoles"] for pulse in frames(socket, "pulse"))
        assert next(consoles for consoles in pulses if len(consoles) == 1) == [told]
    with raw_console(hub) as other:
        for pulse in frames(other, "pulse"):
            if len(told := pulse["hub"]["consoles"]) == 1:
                break
        assert "says" not in told[0]["who"]


@pytest.mark.parametrize("who", ["x" * 65, 7])
def test_a_name_that_is_none_ends_the_connection(hub: HubProcess, who: object) -> None:
    """Longer than 64 characters, or no text at all: the console is told so."""
    with raw_console(hub, watch=False) as socket:
        socket.send(json.dumps({"kind": "watch", "v": 1, "who": who}))
        assert next(frames(socket, "bye"))["code"] == "malformed"


@pytest.mark.parametrize(("size", "status"), [(0, 400), (1, 200), (2000, 200), (2001, 400)])
def test_a_note_has_a_length(hub: HubProcess, run: str, size: int, status: int) -> None:
    """From 1 to 2,000 characters."""
    assert hub.ask("POST", f"/v1/runs/{run}/notes", {"text": "ö" * size})[0] == status


def test_hands_outlive_the_hub() -> None:
    """After kill -9 and a start the run is in the same hands, with the same notes, and nothing is told twice."""
    run = ids.new_run()
    with running_hub() as hub:
        with raw_gate(hub) as gate:
            gate.open(run)
            claim(hub, run, "Ann")
            hub.ask("POST", f"/v1/runs/{run}/notes", {"text": "one"})
            hub.kill()
        hub.start()
        answer = hub.ask("POST", f"/v1/runs/{run}/notes", {"text": "two"})[1]
        assert (answer["claimed_by"].endswith("(says Ann)"), answer["notes"]) == (True, 2)
        state = hub.get(f"/v1/runs/{run}")["run"]
        assert (state["claimed_by"], state["notes"]) == (answer["claimed_by"], 2)
