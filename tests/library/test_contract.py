"""Contracts: a key is understood or refused with its place, the normal form reads back, of two the stricter holds."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.contract import Action, Contract, Unresolved, read, stricter
from interlock.contract.normal import mapping
from interlock.contract.rules import Backoff, Breaking, Rate
from interlock.contract.schema import fault
from interlock.contract.spans import duration, spelled
from interlock.errors import ContractError
from tests.support.cases import each

pytestmark = pytest.mark.pure

WHOLE: dict[str, Any] = {
    "class": "write",
    "timeout": "10s",
    "retries": 2,
    "backoff": "0.2s x2 <= 5s",
    "idempotency": "order_id+amount",
    "breaker": "5 of 20 / 30s",
    "endpoint": "carrier",
    "rate": "10 per minute",
    "money": {"arg": "amount", "at_most": "500.50 per run"},
    "result": {"type": "object", "required": ["refund_id"]},
    "compensate": {"tool": "cancel_refund", "args": {"refund_id": "result.refund_id"}},
    "probe": "find_refund",
    "virtual": {"refund_id": "args.order_id"},
    "reads_virtual": {"of": "refund", "where": {"order_id": "order_id"}, "set": {"status": "refunded"}},
    "wait": "10m",
    "targets": ["to"],
}


def test_every_key_is_read_and_written_back() -> None:
    """The normal form of a contract is read as that very contract, through JSON too."""
    contract = read(WHOLE)
    assert contract.money is not None
    assert contract.money.most == Decimal("500.50")
    assert contract.idempotency == ("amount", "order_id")
    assert read(json.loads(json.dumps(mapping(contract)))) == contract
    assert None not in [getattr(contract, name) for name in Contract.__dataclass_fields__]


def test_a_contract_that_says_nothing_promises_nothing() -> None:
    """No key, no promise: every field is None, and nothing is repeated."""
    assert read({}) == Contract()
    assert mapping(Contract()) == {}
    assert Contract(retries=3).retried == 0


@each(
    [
        (
            {"reads_virtual": {"of": "refund", "on": {"id": "id"}, "set": {}}},
            ("reads_virtual", "on"),
            "{of: TOOL, where: {order_id: order_id}, set: {status: refunded}}",
        ),
        ({"clas": "read"}, ("clas",), "did you mean 'class'?"),
        ({"class": "reed"}, ("class",), "did you mean 'read'?"),
        ({"timeout": 5}, ("timeout",), "5 has no unit"),
        ({"timeout": "0s"}, ("timeout",), "more than 0"),
        ({"retries": True}, ("retries",), "whole number from 0 to 10"),
        ({"retries": 11}, ("retries",), "whole number from 0 to 10"),
        ({"breaker": "5 of 2 / 30s"}, ("breaker",), "at most the calls"),
        ({"rate": "10 per fortnight"}, ("rate",), "10 per minute"),
        ({"money": {"arg": "amount"}}, ("money",), "at_most: 500 per run"),
        ({"money": {"arg": "a", "at_most": "5 per run", "of": 1}}, ("money", "of"), "at_most"),
        ({"idempotency": "order id"}, ("idempotency",), "order_id+amount"),
        ({"result": {"type": "objekt"}}, ("result",), "no JSON Schema"),
        ({"result": {"$ref": "http://127.0.0.1:9/x"}}, ("result",), "no JSON Schema"),
        ({"class": "write", "retries": 2}, ("retries",), "idempotency"),
        ({"class": "read", "compensate": "undo"}, ("compensate",), "correct the class"),
        ({"backoff": "1s x2 <= 5s"}, ("backoff",), "add retries"),
        ({"endpoint": "host"}, ("endpoint",), "add a breaker"),
        ({"virtual": float("nan")}, ("virtual",), "plain JSON"),
        ("5s", (), "{class: read, timeout: 5s}"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(wrong: Any, place: Any, says: str) -> None:
    """Each problem names the path of the key it is about, and what to write instead."""
    with pytest.raises(ContractError) as caught:
        read(wrong, ("tools", "refund"))
    (problem,) = caught.value.problems
    assert problem.place == ("tools", "refund", *place)
    assert says in problem.fix


def test_all_problems_are_told_at_once() -> None:
    """A contract with three mistakes gets three answers."""
    with pytest.raises(ContractError) as caught:
        read({"timeout": "soon", "retries": -1, "rates": 3})
    assert [problem.place for problem in caught.value.problems] == [("timeout",), ("retries",), ("rates",)]


@given(st.floats(min_value=0.001, max_value=86_400, allow_nan=False))
def test_a_duration_is_spelled_so_that_it_reads_back(seconds: float) -> None:
    """What is written is what is read, to the microsecond."""
    assert duration(spelled(seconds)) == pytest.approx(seconds, abs=1e-6)


def test_of_two_contracts_the_stricter_holds_field_by_field() -> None:
    """Class, limits and numbers of attempts: the stricter; what only one says: that; the rest: the policy's."""
    ours = read({"class": "write", "timeout": "5s", "idempotency": "key", "retries": 3, "rate": "5 per run"})
    theirs = read({"class": "danger", "timeout": "9s", "rate": "60 per hour", "probe": "look"})
    both = stricter(ours, theirs)
    assert (both.cls, both.timeout_s, both.retries) == ("danger", 5.0, 3)
    assert both.rate == Rate(5, "run")
    assert both.probe == Action("look")
    assert both.idempotency == ()
    assert stricter(read({"class": "danger"}), read({"class": "read", "retries": 2})).cls == "danger"
    assert stricter(read({"retries": 5}), read({"retries": 2})).retries == 2


def test_of_two_breakers_the_one_that_opens_sooner_holds() -> None:
    """One failure in ten is less than five in twenty."""
    ours, theirs = Breaking(5, 20, 30.0), Breaking(1, 10, 10.0)
    assert stricter(Contract(breaker=ours), Contract(breaker=theirs)).breaker == theirs
    assert stricter(Contract(breaker=theirs), Contract(breaker=ours)).breaker == theirs


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_wait_is_jittered_in_full_and_bounded(attempt: int, chance: float) -> None:
    """It is between nothing and the ceiling, which grows and never passes the longest wait."""
    rule = Backoff(0.2, 2.0, 5.0)
    assert 0.0 <= rule.wait(attempt, chance) <= rule.ceiling(attempt) <= 5.0
    assert rule.ceiling(1) == 0.2
    assert rule.ceiling(attempt + 1) >= rule.ceiling(attempt)
    assert rule.wait(attempt, 0.0) == 0.0


def test_an_action_is_filled_in_from_the_call_it_is_for() -> None:
    """References are looked up, also in lists; everything else is meant as it is written."""
    args = '{"id":"result.refunds.0.id","order":"args.order_id","why":"result of a slip","permit":"permit"}'
    facts = {"args": {"order_id": "A-1"}, "result": {"refunds": [{"id": 7}]}, "permit": "p-1"}
    found = Action("cancel", args).resolve(facts)
    assert found == {"id": 7, "order": "A-1", "why": "result of a slip", "permit": "p-1"}


@pytest.mark.parametrize("facts", [{}, {"result": {}}, {"result": {"id": []}}, {"result": "text"}])
def test_what_is_not_recorded_is_not_guessed(facts: dict[str, Any]) -> None:
    """A reference that leads nowhere says so, and names itself."""
    with pytest.raises(Unresolved, match=r"result\.id\.0"):
        Action("cancel", '{"id":"result.id.0"}').resolve(facts)


def test_a_result_is_held_against_its_schema_by_place_and_rule() -> None:
    """The fault says where and by which rule, and nothing of what the answer holds."""
    schema = '{"type":"object","properties":{"id":{"type":"integer"}},"required":["id"]}'
    assert fault(schema, {"id": 1}) is None
    assert fault(schema, {"id": "secret"}) == ("/id", "against 'properties/id/type' of its schema")
    assert fault(schema, object()) == ("/", "no JSON value")
