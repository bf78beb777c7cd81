"""What an operator is told in odd cases: a stage that cannot come, a name that is not here, keys and rivals."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from interlock import ids
from tests.hub.server.raw import raw_gate
from tests.support.hubs import HubProcess, running_hub


@pytest.mark.parametrize(("verb", "stage"), [("pause", "confirmed"), ("kill", "drained"), ("kill", "ended")])
def test_a_stage_that_a_verb_never_reaches_is_refused_at_once(hub: HubProcess, verb: str, stage: str) -> None:
    """Nobody waits a minute for what cannot come; the answer names the stages that can."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        order = hub.ask("POST", "/v1/orders", {"verb": verb, "runs": [run]})[1]["receipts"][0]["order"]
        status, answer = hub.ask("GET", f"/v1/orders/{order}?wait={stage}&timeout=60")
    assert (status, answer["error"]["problem"]) == (400, f"a {verb} never reaches {stage!r}")
    assert "acknowledged" in answer["error"]["fix"]


@pytest.mark.parametrize("path", ["/v1/status/", "/v1/orders/", "/v1/runs/", "//v1/status"])
def test_a_slash_too_many_is_no_route(hub: HubProcess, path: str) -> None:
    """No answer is a redirect: each is JSON and says what is wrong."""
    status, answer = hub.ask("GET", path)
    assert (status, answer["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "fix"),
    [("runs/r-0000000000000000", "runs"), ("orders/o-0000000000000000", "orders"), ("bodies/zz", "events")],
)
def test_what_is_not_here_comes_with_where_to_look(hub: HubProcess, path: str, fix: str) -> None:
    """The sentence about an unknown name is about that kind of name."""
    assert fix in hub.ask("GET", f"/v1/{path}")[1]["error"]["fix"]


def test_a_key_is_remembered_over_a_restart() -> None:
    """After the hub died, the same request is the same order, and another one with its key is a conflict."""
    run, other = ids.new_run(), ids.new_run()
    body = {"verb": "pause", "runs": [run], "reason": "look"}
    key = {"Idempotency-Key": "k-1"}
    with running_hub() as hub:
        with raw_gate(hub) as gate:
            gate.open(run)
            gate.open(other)
            first = hub.ask("POST", "/v1/orders", body, **key)
            hub.kill()
        hub.start()
        again = hub.ask("POST", "/v1/orders", body, **key)
        orders = [answer["receipts"][0]["order"] for _, answer in (first, again)]
        assert orders[0] == orders[1]
        status, answer = hub.ask("POST", "/v1/orders", {**body, "runs": [other]}, **key)
        assert (status, answer["error"]["code"]) == (409, "conflict")
        assert len(hub.get(f"/v1/runs/{run}")["receipts"]) == 1


def test_orders_at_one_run_at_once_leave_one_kill() -> None:
    """Two operators and eight requests in one moment: each gets an answer, and the run has one kill."""
    run = ids.new_run()
    with running_hub() as hub:
        with raw_gate(hub) as gate, ThreadPoolExecutor(8) as operators:
            gate.open(run)
            bodies = [{"verb": verb, "runs": [run], "reason": "x"} for verb in ("pause", "kill") * 4]
            answers = list(operators.map(lambda body: hub.ask("POST", "/v1/orders", body), bodies))
        killed = {
            a["receipts"][0]["order"]
            for (_, a), b in zip(answers, bodies, strict=True)
            if b["verb"] == "kill"
        }
        assert len(killed) == 1
        assert {status for status, _ in answers} <= {200, 409}
        state = hub.get(f"/v1/runs/{run}")["run"]
        assert (state["stop"] != "", state["order"]) == (True, killed.pop())
