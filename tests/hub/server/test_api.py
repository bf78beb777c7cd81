"""The HTTP API of a real hub, held against its own document."""

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from interlock import canonical, ids
from interlock.hub.server.openapi import document
from interlock.hub.server.routes import ROUTES
from tests.hub.core.rulings import YAML
from tests.hub.server.escalated import wants
from tests.hub.server.raw import Json, RawGate, raw_gate, reasoning
from tests.hub.server.schema import check
from tests.support.hubs import GUARD, HubProcess

TEXT = "a long text " * 10
NEEDED = {"/v1/runs/{run}/search": "?q=long", "/v1/runs/{run}/marks": "?kind=model"}
"""What a question is not one without."""


class World:
    """A run with events, a body, an order: something to ask for."""

    def __init__(self, gate: RawGate, hub: HubProcess) -> None:
        from hashlib import sha256

        good = YAML.replace(
            "refund: {class: write}",
            "refund: {class: write, compensate: {tool: wipe, args: {of: args.amount}}}",
        )
        for rules in ({"source": good}, {"source": good.replace("<= 200", "<= 300"), "stage": 0.5}):
            hub.ask("POST", "/v1/policy", rules)
        hub.ask("POST", "/v1/dial", {"scope": {"tool": "wipe"}, "level": "ask", "reason": "for the test"})
        self.run, self.child = ids.new_run(), ids.new_run()
        self.digest = sha256(TEXT.encode()).hexdigest()
        gate.open(self.run)
        gate.open(self.child, parent=self.run)
        gate.say("chunk", run=self.run, sha256=self.digest, data=TEXT)
        body = {"sha256": self.digest, "size": len(TEXT), "chunks": [self.digest], "head": TEXT[:20]}
        proposed = {"kind": "tool.proposed", "call": "c", "tool": "refund", "cls": "write", "args": "{}"}
        gate.events(
            self.run, 2, {"kind": "reasoning", "text": body}, proposed, {"kind": "odd", "deep": [1, {"a": 2}]}
        )
        gate.stored(self.run, 4)
        order = {"verb": "kill", "runs": [self.run], "reason": "for the test"}
        self.ordered = hub.ask("POST", "/v1/orders", order)[1]
        self.order = self.ordered["order"]
        for run in (self.run, self.child):
            gate.say("answer", order=self.order, run=run, in_flight=[])
        hub.get(f"/v1/orders/{self.order}?wait=confirmed&timeout=20")
        self.waits = ids.new_run()
        gate.open(self.waits)
        wants(gate, self.waits, "c-1", {"amount": 180.0})
        self.escalation = gate.hear("waiting")["escalation"]
        self.plan = _begun(gate, hub)
        hub.ask("POST", "/v1/operators", {"name": "ann", "role": "viewer", "reason": "for the test"})
        made = hub.ask("POST", "/v1/operators/ann/tokens", {})[1]
        self.token, own = made["token"]["token"], {"Authorization": f"Bearer {made['secret']}"}
        asked = {"role": "admin", "reason": "for the test"}
        self.glass = hub.ask("POST", "/v1/break-glass", asked, **own)[1]["break_glass"]["id"]

    def path(self, path: str) -> str:
        """Return a path of the document with the names of this world in it."""
        names = {"run": self.run, "order": self.order, "sha256": self.digest, "glass": self.glass, "n": "1"}
        names |= {"escalation": self.escalation, "plan": self.plan}
        return re.sub(r"{(\w+)}", lambda found: names[found[1]], path) + NEEDED.get(path, "")


def _begun(gate: RawGate, hub: HubProcess) -> str:
    """Let a run have an effect, begin to make it good, and return the plan; nobody is there to do it."""
    run, args = ids.new_run(), '{"amount":10.0}'
    gate.open(run)
    call: Json = {"call": "c", "tool": "refund", "cls": "write", "args": args}
    call["digest"] = canonical.digest("refund", args)
    gate.events(run, 2, {"kind": "tool.proposed", **call})
    gate.say("permit", req="good", run=run, **call)
    permit = gate.hear("granted")["permit"]
    gate.say("outcome", run=run, permit=permit, call="c", outcome="done", ms=1.0)
    gate.hear("kept")
    gate.stored(run, 2)
    shown = hub.ask("POST", "/v1/compensations/plan", {"run": run})[1]
    signed = {"digest": shown["digest"], "proof": shown["proof"], "reason": "for the test"}
    return str(hub.ask("POST", "/v1/compensations", {"permits": [permit], **signed})[1]["plan"])


@pytest.fixture(scope="module")
def world(hub: HubProcess) -> Iterator[World]:
    """Yield something to ask for."""
    with raw_gate(hub) as gate:
        yield World(gate, hub)


def test_the_hub_serves_the_document_of_its_table(hub: HubProcess) -> None:
    """What is served is what the table says, and each route of the table is in it."""
    served = hub.get("/openapi.json")
    assert served == document()
    listed = {(method, path) for path, methods in served["paths"].items() for method in methods}
    assert listed == {(route.method.lower(), route.path) for route in ROUTES}


GETS = [route.path for route in ROUTES if route.method == "GET"]


@pytest.mark.parametrize("path", GETS)
def test_every_answer_fits_the_document(hub: HubProcess, world: World, path: str) -> None:
    """A real answer of each route has the fields the document promises, and no others."""
    served = hub.get("/openapi.json")
    answer = served["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert check(hub.get(world.path(path)), answer, served) == []


def test_the_answer_to_an_order_fits_the_document(hub: HubProcess, world: World) -> None:
    """Receipts are as the document says, inherited ones too."""
    served = hub.get("/openapi.json")
    answer = served["paths"]["/v1/orders"]["post"]["responses"]["200"]["content"]["application/json"][
        "schema"
    ]
    assert check(world.ordered, answer, served) == []
    assert {receipt["run"] for receipt in world.ordered["receipts"]} == {world.run, world.child}


def test_the_checker_of_these_tests_can_fail(hub: HubProcess, world: World) -> None:
    """A field too many, one too few and one of another type are found."""
    served = hub.get("/openapi.json")
    schema = served["paths"]["/v1/status"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    status = hub.get("/v1/status")
    assert check({**status, "more": 1}, schema, served)
    assert check({name: value for name, value in status.items() if name != "pos"}, schema, served)
    assert check({**status, "pos": "1"}, schema, served)


@pytest.mark.parametrize("path", GETS)
def test_every_route_refuses_what_it_does_not_know(hub: HubProcess, world: World, path: str) -> None:
    """An unknown parameter is an error on every route, with a status the document lists."""
    served = hub.get("/openapi.json")
    status, answer = hub.ask("GET", world.path(path) + ("&" if path in NEEDED else "?") + "nonsense=1")
    responses = served["paths"][path]["get"]["responses"]
    schema = responses[str(status)]["content"]["application/json"]["schema"]
    assert (status, check(answer, schema, served)) == (400, [])


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/runs/r-0000000000000000", 404, "not_found"),
        ("/v1/runs/r-0000", 404, "not_found"),
        ("/v1/runs/r-00", 404, "not_found"),
        ("/v1/runs/%2e%2e%2fetc", 404, "not_found"),
        ("/v1/runs/r-0000000000000000/events", 404, "not_found"),
        ("/v1/orders/o-0000000000000000", 404, "not_found"),
        ("/v1/orders/nothing", 404, "not_found"),
        ("/v1/bodies/" + "0" * 64, 404, "not_found"),
    ],
)
def test_what_does_not_exist_is_not_found(hub: HubProcess, path: str, status: int, code: str) -> None:
    """Names of nothing get 404 and their code."""
    answered, body = hub.ask("GET", path)
    assert (answered, body["error"]["code"]) == (status, code)


def test_a_body_comes_back_whole(hub: HubProcess, world: World) -> None:
    """A text sent in chunks is served by its digest."""
    assert hub.get(f"/v1/bodies/{world.digest}")["text"] == TEXT


def test_a_body_that_is_named_and_not_there_is_late(hub: HubProcess) -> None:
    """A digest that an event named, whose text has not come, is late and not unknown."""
    run, digest = ids.new_run(), "12" * 32
    ref = {"sha256": digest, "size": 9, "chunks": [digest], "head": "beg"}
    with raw_gate(hub) as gate:
        gate.open(run)
        gate.events(run, 2, {"kind": "reasoning", "text": ref})
        gate.stored(run, 2)
    status, answer = hub.ask("GET", f"/v1/bodies/{digest}")
    assert (status, answer["error"]["code"]) == (404, "late")


def test_a_run_is_found_by_a_unique_beginning(hub: HubProcess, world: World) -> None:
    """Enough digits name a run."""
    assert hub.get(f"/v1/runs/{world.run[:12]}")["run"]["run"] == world.run


def test_pages_of_events_join_without_overlap(hub: HubProcess) -> None:
    """Going forwards by after and backwards by before gives the same events, each once."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        gate.events(run, 2, *[reasoning(str(number)) for number in range(2, 30)])
        gate.stored(run, 29)
    forwards: list[int] = []
    page = hub.get(f"/v1/runs/{run}/events?after=0&limit=7")
    while page["items"]:
        forwards += [item["n"] for item in page["items"]]
        page = hub.get(f"/v1/runs/{run}/events?after={page['last']}&limit=7")
    backwards: list[int] = []
    page = hub.get(f"/v1/runs/{run}/events?before=1000&limit=7")
    while page["items"]:
        backwards = [item["n"] for item in page["items"]] + backwards
        page = hub.get(f"/v1/runs/{run}/events?before={page['first']}&limit=7")
    assert forwards == backwards == list(range(1, len(forwards) + 1))
    assert len(forwards) >= 29


def test_pages_of_the_record_and_of_runs_join_without_overlap(hub: HubProcess, world: World) -> None:
    """Following the cursor gives every entry and every run once."""
    numbers: list[int] = []
    after: Any = 0
    while after is not None:
        page = hub.get(f"/v1/audit?after={after}&limit=5")
        numbers += [entry["n"] for entry in page["entries"]]
        after = page["next"]
    assert numbers == list(range(1, len(numbers) + 1))
    page = hub.get("/v1/runs?limit=2")
    names = [run["run"] for run in page["runs"]]
    while page["next"] is not None:
        page = hub.get(f"/v1/runs?limit=2&after={page['next']}")
        names += [run["run"] for run in page["runs"]]
    assert len(names) == len(set(names))
    assert {world.run, world.child} <= set(names)


def test_an_order_is_for_all_its_runs_or_for_none(hub: HubProcess) -> None:
    """One unknown run among the targets refuses the whole order."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        order = {"verb": "kill", "runs": [run, ids.new_run()], "reason": ""}
        status, answer = hub.ask("POST", "/v1/orders", order)
        assert (status, answer["error"]["code"]) == (404, "not_found")
        assert hub.get(f"/v1/runs/{run}")["receipts"] == []


def test_a_killed_run_does_not_resume(hub: HubProcess, world: World) -> None:
    """A resume of it is a conflict."""
    status, answer = hub.ask("POST", "/v1/orders", {"verb": "resume", "runs": [world.run], "reason": ""})
    assert (status, answer["error"]["code"]) == (409, "conflict")


def test_a_repeated_request_with_its_key_is_one_order(hub: HubProcess) -> None:
    """The same key and body give the same order again, another body with that key is a conflict."""
    run = ids.new_run()
    key = {"Idempotency-Key": f"once {run}"}
    with raw_gate(hub) as gate:
        gate.open(run)
        order = {"verb": "pause", "runs": [run], "reason": "once"}
        first = hub.ask("POST", "/v1/orders", order, **key)
        again = hub.ask("POST", "/v1/orders", order, **key)
        other = hub.ask("POST", "/v1/orders", order | {"reason": "twice"}, **key)
    assert first[0] == again[0] == 200
    assert first[1]["receipts"][0]["order"] == again[1]["receipts"][0]["order"]
    assert (other[0], other[1]["error"]["code"]) == (409, "conflict")


def test_a_secret_in_a_reason_is_not_stored(hub: HubProcess) -> None:
    """What an operator pastes by mistake is taken out before the record sees it."""
    run, secret = ids.new_run(), "AKIA" + "ABCDEFGHIJKLMNOP"
    with raw_gate(hub) as gate:
        gate.open(run)
        gate.events(run, 2, reasoning(f"the key is {secret}"))
        gate.stored(run, 2)
        order = {"verb": "pause", "runs": [run], "reason": f"leaked {secret}"}
        receipt = hub.ask("POST", "/v1/orders", order)[1]["receipts"][0]
    assert secret not in json.dumps(receipt)
    assert "[secret:" in receipt["reason"]
    hub.get("/v1/audit/verify")
    found = hub.files(lambda file: file.is_file() and secret.encode() in file.read_bytes())
    assert [file.name for file, there in found.items() if there] == []


def test_one_connection_serves_many_requests(hub: HubProcess) -> None:
    """The hub keeps a connection open between requests."""
    connection = HTTPConnection(hub.url.removeprefix("http://"), timeout=GUARD)
    headers = {"Authorization": f"Bearer {hub.operator_token}"}
    socks = set()
    try:
        for _ in range(3):
            connection.request("GET", "/v1/status", headers=headers)
            socks.add(connection.sock)
            response = connection.getresponse()
            assert response.status == 200
            response.read()
        assert len(socks) == 1
    finally:
        connection.close()


def test_the_table_and_the_protocol_page_name_the_same_routes() -> None:
    """docs/protocol.md lists what the hub serves; skipped where the page is not there."""
    page = Path(__file__).resolve().parents[3] / "docs" / "protocol.md"
    if not page.is_file():
        pytest.skip("the checkout's docs are not here")
    told = set(re.findall(r"^\| `(GET|POST) ([^?`\s]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert told == {(route.method, route.path) for route in ROUTES}


@pytest.mark.parametrize("cursor", ["", "-1", "%00", "%FF", "1e3", "9" * 20, "%D9%A1", "x"])
def test_a_cursor_that_no_page_gave_is_malformed(hub: HubProcess, cursor: str) -> None:
    """What cannot be the end of a page is the caller's error, not a failure of the hub."""
    status, answer = hub.ask("GET", f"/v1/runs?after={cursor}")
    assert (status, answer["error"]["code"]) == (400, "malformed")
