"""Every order, claim and note says who gave it, whatever the name is made of."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from interlock import ids
from interlock.runs import RunState
from interlock.text import Untrusted
from interlock_console.client import Client
from interlock_console.desk import Desk, new_key
from interlock_console.filters import parse
from interlock_console.finding import Hub
from interlock_console.person import claims_as, headers, person
from interlock_console.state import Fleet
from interlock_console.station import Station
from tests.hostile.payloads import PAYLOADS
from tests.hub.server.raw import RawGate, raw_gate
from tests.hub.server.staff import made
from tests.support.cases import each
from tests.support.hubs import GUARD, HubProcess, running_hub

Json = dict[str, Any]


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[HubProcess, RawGate]]:
    """A hub and a gate that opens runs."""
    with running_hub() as hub, raw_gate(hub) as gate:
        yield hub, gate


def opened(gate: RawGate) -> str:
    """Open a run and return it."""
    run = ids.new_run()
    assert gate.open(run)["kind"] == "opened"
    return run


@pytest.mark.pure
def test_the_environment_says_who_it_is_before_the_login_does() -> None:
    """INTERLOCK_WHO comes first, then the login; what is too long or no text is made so that it can be sent."""
    assert person({"INTERLOCK_WHO": " Ann ", "USER": "root"}) == "Ann"
    assert person({"INTERLOCK_WHO": " ", "USER": "bo"}) == "bo"
    assert person({"INTERLOCK_WHO": "x" * 99}) == "x" * 64
    assert person({"INTERLOCK_WHO": "a\udcffb"}) == "a\ufffdb"


@pytest.mark.pure
@each(PAYLOADS)
def test_a_name_is_safe_in_a_header_whatever_it_is_made_of(name: str) -> None:
    """Only plain ASCII without line ends gets there, never more than a hub takes."""
    for value in headers(PAYLOADS[name]).values():
        assert value.isascii()
        assert value.isprintable()
        assert 0 < len(value) <= 256
    assert headers(" ") == {}
    assert len(headers("\U0001f600" * 64)["Interlock-Who"]) <= 256


@pytest.mark.pure
def test_mine_is_what_i_claimed_and_not_what_others_did_with_the_same_token() -> None:
    """``claimed:me`` is exactly the text the hub keeps for me: the operator's name alone is another person's."""
    me = (claims_as("ops", "ann"),)
    claims = ["ops (says ann)", "ops (says annika)", "ops (says bo)", "ops", ""]
    fits = [parse("claimed:me", me).fits(RunState("r-1", claimed_by=Untrusted(by))) for by in claims]
    assert fits == [True, False, False, False, False]
    alone = parse("claimed:me", (claims_as("ops", "ops"),))
    assert [alone.fits(RunState("r-1", claimed_by=Untrusted(by))) for by in claims] == [
        False,
        False,
        False,
        True,
        False,
    ]


def test_what_a_client_does_is_kept_under_the_name_it_has(world: tuple[HubProcess, RawGate]) -> None:
    """Order, claim and note of one client: the record has one and the same text for all three."""
    hub, gate = world
    run, operator = opened(gate), hub.get("/v1/status")["operator"]
    client = Client(Hub(hub.url, hub.operator_token, "a test", who="Ann Ö"))
    claimed = client.post(f"/v1/runs/{run}/claim", {"claim": True})["claimed_by"]
    client.post(f"/v1/runs/{run}/notes", {"text": "it waits"})
    order = client.post("/v1/orders", {"verb": "pause", "runs": [run], "reason": "x"})
    client.close()
    assert claimed == claims_as(operator, "Ann Ö") == f"{operator} (says Ann Ö)"
    assert order["summary"]["by"] == claimed
    kept = [entry for entry in hub.get("/v1/audit?after=0&limit=500")["entries"] if entry["run"] == run]
    said = {entry["kind"]: entry["body"].get("by") for entry in kept if entry["kind"] in ("claim", "note")}
    assert said == {"claim": claimed, "note": claimed}


def test_an_order_that_is_written_ahead_says_it_too(world: tuple[HubProcess, RawGate]) -> None:
    """Also over the open connection on which a key's order goes out before its handler returns."""
    hub, gate = world
    run = opened(gate)
    station = Station(Fleet(), Desk(Hub(hub.url, hub.operator_token, "a test", who="Bo")))
    assert station.user == "Bo"
    said: list[Json | None] = []
    for verb in ("pause", "resume"):
        told = threading.Event()

        def done(answer: Json | None, _: str, told: threading.Event = told) -> None:
            said.append(answer)
            told.set()

        station.desk.order(verb, [run], "x", new_key(), done)
        assert told.wait(GUARD)
    station.desk.close()
    assert all(answer is not None and answer["summary"]["by"].endswith("(says Bo)") for answer in said)


def test_whoever_says_to_be_the_operator_is_the_operator(world: tuple[HubProcess, RawGate]) -> None:
    """The same name twice says nothing, so that one's own claims are one's own from everywhere."""
    hub, gate = world
    run, operator = opened(gate), hub.get("/v1/status")["operator"]
    client = Client(Hub(hub.url, hub.operator_token, "a test", who=operator))
    assert client.post(f"/v1/runs/{run}/claim", {"claim": True})["claimed_by"] == operator
    client.close()


def test_with_a_token_of_ones_own_one_is_its_operator_whatever_the_login(
    world: tuple[HubProcess, RawGate],
) -> None:
    """The claim is one's own, and a reason names whom the record names; with the shared token it is who one says."""
    hub, gate = world
    run, token = opened(gate), made(hub, "bo", "responder")
    own = Hub(hub.url, token, "a test", who="root")
    client = Client(own)
    claimed = client.post(f"/v1/runs/{run}/claim", {"claim": True})["claimed_by"]
    client.close()
    for desk, operator, by, keeps in (
        (Desk(own), "bo", "bo", claimed),
        (Desk(own._replace(token=hub.operator_token)), "ops", "root", "ops (says root)"),
    ):
        station = Station(Fleet(), desk)
        station.fleet.feed(
            {"kind": "pulse", "at": 1.0, "pos": 0, "hub": {"operator": operator}}, station.clock()
        )
        assert (station.claims_as, station.reason) == (keeps, f"from the console by {by}")
        desk.close()
