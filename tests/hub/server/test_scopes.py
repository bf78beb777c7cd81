"""Orders by scope on a real hub: preview, partial answers, summaries, waiting, and lifting with proof."""

import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from interlock import ids
from tests.hub.server.raw import RawGate, raw_gate
from tests.hub.server.schema import check
from tests.support.hubs import GUARD, HubProcess, running_hub

Json = dict[str, object]


def give(hub: HubProcess, **body: object) -> tuple[int, Any]:
    """Give an order."""
    return hub.ask("POST", "/v1/orders", {"reason": "a test says so", **body})


@pytest.fixture
def lifted(hub: HubProcess) -> Iterator[None]:
    """Leave no order that stands."""
    yield
    for one in hub.get("/v1/orders?standing=true")["orders"]:
        body = {"proof": one["order"][-4:], "reason": "over"}
        assert hub.ask("POST", f"/v1/orders/{one['order']}/lift", body)[0] == 200


def fits(hub: HubProcess, method: str, path: str, answer: object) -> list[str]:
    """Return what is wrong with an answer, by the hub's own document."""
    served = hub.get("/openapi.json")
    schema = served["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    return check(answer, schema, served)


def opened(gate: RawGate, many: int) -> list[str]:
    """Open runs and return their names."""
    runs = [ids.new_run() for _ in range(many)]
    for run in runs:
        assert gate.open(run)["kind"] == "opened"
    return runs


def answer_all(gate: RawGate, order: str, runs: list[str]) -> None:
    """Answer an order for all of these runs, with nothing in flight."""
    for run in runs:
        gate.say("answer", order=order, run=run, in_flight=[])


def test_a_role_is_paused_seen_and_lifted() -> None:
    """Previewed without any effect, paused, held for a newcomer, shown as standing, and let go with proof."""
    whom = {"verb": "pause", "scope": {"role": "support"}}
    with running_hub() as hub, raw_gate(hub) as gate:
        runs = opened(gate, 3)
        seen = hub.ask("POST", "/v1/orders/preview", whom)[1]
        assert fits(hub, "post", "/v1/orders/preview", seen) == []
        assert (seen["total"], seen["agents"], seen["gates"], seen["silent"]) == (3, 1, 1, 0)
        assert seen["digest"] == sha256("\n".join(sorted(runs)).encode()).hexdigest()
        assert hub.get("/v1/orders")["orders"] == []

        status, told = give(hub, **whom)
        order = str(told["order"])
        assert (status, fits(hub, "post", "/v1/orders", told)) == (200, [])
        answer_all(gate, order, runs)
        waited = hub.get(f"/v1/orders/{order}?wait=drained&timeout=20")
        assert waited["summary"]["stages"]["drained"] == 3
        assert waited["summary"]["complete"]
        late = ids.new_run()
        assert gate.open(late)["state"] == "paused"
        standing = hub.get("/v1/status")["standing"]
        assert [(one["order"], one["targets"], one["later"]) for one in standing] == [(order, 4, 1)]
        listed = hub.get("/v1/orders?standing=true")
        assert fits(hub, "get", "/v1/orders", listed) == []
        assert [one["order"] for one in listed["orders"]] == [order]

        lift = f"/v1/orders/{order}/lift"
        for proof in ("", "nope", order):
            refused = hub.ask("POST", lift, {"proof": proof, "reason": "over"})
            assert (refused[0], refused[1]["error"]["code"]) == (409, "proof")
        assert len(hub.get("/v1/status")["standing"]) == 1
        status, lifted = hub.ask("POST", lift, {"proof": order[-4:], "reason": "over"})
        assert (status, fits(hub, "post", "/v1/orders/{order}/lift", lifted)) == (200, [])
        assert (lifted["resumed"], lifted["lifted"]["standing"]) == (4, False)
        assert {receipt["run"] for receipt in hub.get(f"/v1/orders/{lifted['order']}")["receipts"]} == {
            *runs,
            late,
        }
        assert hub.get("/v1/status")["standing"] == []
        assert gate.open(ids.new_run())["state"] == "running"
        assert hub.ask("POST", lift, {"proof": order[-4:]})[1]["error"]["code"] == "conflict"


@pytest.mark.usefixtures("lifted")
def test_names_that_agents_wrote_are_compared_as_they_are(hub: HubProcess) -> None:
    """No pattern, no case folding, no trimming; a name nobody has is a standing order for nobody."""
    with raw_gate(hub) as gate:
        opened(gate, 1)
        for name in ("%", "Refunds", "refunds ", "ref*"):
            seen = hub.ask("POST", "/v1/orders/preview", {"verb": "kill", "scope": {"agent": name}})[1]
            assert seen["total"] == 0
        told = give(hub, verb="cancel", scope={"agent": "nobody\u202e"})[1]
        assert (told["receipts"], told["more"]) == ([], 0)
        standing = hub.get("/v1/status")["standing"]
        assert [one["scope"] for one in standing] == [{"agent": "nobody\u202e"}]
        order = str(told["order"])
        assert hub.ask("POST", f"/v1/orders/{order}/lift", {"proof": order[-4:]})[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        {"verb": "kill"},
        {"verb": "kill", "runs": []},
        {"verb": "kill", "runs": ["r-0123456789abcdef"], "scope": {"fleet": True}},
        {"verb": "kill", "scope": {"fleet": False}},
        {"verb": "kill", "scope": {"fleet": True, "role": "support"}},
        {"verb": "kill", "scope": {"role": ""}},
        {"verb": "kill", "scope": {"team": "x"}},
        {"verb": "kill", "scope": {}},
    ],
)
def test_a_scope_that_could_mean_two_things_is_refused(hub: HubProcess, body: Json) -> None:
    """Runs or one scope: nothing is guessed, and nothing happens."""
    for path in ("/v1/orders", "/v1/orders/preview"):
        status, answer = hub.ask("POST", path, body)
        assert (status, answer["error"]["code"]) == (400, "malformed")


def test_a_partial_order_tells_what_it_left_out(hub: HubProcess) -> None:
    """The preview says it too; without partial the first problem refuses all."""
    with raw_gate(hub) as gate:
        killed, other = opened(gate, 2)
        give(hub, verb="kill", runs=[killed])
        whom = {"verb": "pause", "runs": [killed, other]}
        seen = hub.ask("POST", "/v1/orders/preview", whom)[1]
        assert (seen["total"], seen["refused"]) == (1, 1)
        assert "was killed" in seen["targets"][0]["refused"]
        assert give(hub, **whom)[0] == 409
        status, told = give(hub, **whom, partial=True)
        assert status == 200
        assert [(one["run"], one["code"]) for one in told["refused"]] == [(killed, "conflict")]
        assert [one["run"] for one in told["receipts"]] == [other]


def test_an_answer_carries_some_receipts_and_counts_the_rest() -> None:
    """Two hundred of them; the wait is for all targets; pages of orders go on where the last one ended."""
    with running_hub() as hub, raw_gate(hub) as gate:
        runs = opened(gate, 230)
        told = give(hub, verb="kill", scope={"fleet": True})[1]
        order = str(told["order"])
        assert (len(told["receipts"]), told["more"]) == (200, 30)
        answer_all(gate, order, runs[:-1])
        until = time.monotonic() + GUARD
        waited = hub.get(f"/v1/orders/{order}?wait=acknowledged&timeout=0.5")["summary"]
        while waited["waiting_total"] > 1 and time.monotonic() < until:
            waited = hub.get(f"/v1/orders/{order}?wait=acknowledged&timeout=0.5")["summary"]
        assert (waited["stages"]["acknowledged"], waited["waiting_total"], waited["complete"]) == (
            229,
            1,
            False,
        )
        assert waited["waiting"][0]["run"] == runs[-1]
        answer_all(gate, order, runs[-1:])
        done = hub.get(f"/v1/orders/{order}?wait=confirmed&timeout=20")["summary"]
        assert (done["stages"]["confirmed"], done["complete"]) == (230, True)
        assert done["gates"] == {"answered": 1, "total": 1}
        give(hub, verb="cancel", scope={"role": "nobody"})
        first = hub.get("/v1/orders?limit=1")
        rest = hub.get(f"/v1/orders?limit=1&after={first['next']}")
        assert [page["orders"][0]["verb"] for page in (first, rest)] == ["cancel", "kill"]
        assert rest["next"] is None


@pytest.mark.usefixtures("lifted")
def test_one_key_is_one_scope_order_and_one_lift(hub: HubProcess) -> None:
    """Repeated requests are answered alike; a key is good for one of them only."""
    with raw_gate(hub) as gate:
        (run,) = opened(gate, 1)
        key = {"Idempotency-Key": f"scope {run}"}
        body = {"verb": "pause", "scope": {"agent": "refunds"}, "reason": "look"}
        first, second = (hub.ask("POST", "/v1/orders", body, **key)[1] for _ in range(2))
        assert first["order"] == second["order"]
        other = hub.ask("POST", "/v1/orders", {**body, "scope": {"agent": "x"}}, **key)
        assert (other[0], other[1]["error"]["code"]) == (409, "conflict")
        order = first["order"]
        lift = {"proof": order[-4:], "reason": "over"}
        key = {"Idempotency-Key": f"lift {run}"}
        answers = [hub.ask("POST", f"/v1/orders/{order}/lift", lift, **key) for _ in range(2)]
        assert answers[0][0] == answers[1][0] == 200
        assert answers[0][1]["resumed"] == answers[1][1]["resumed"]
