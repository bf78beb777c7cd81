"""The desk: every question and order ends in an answer or a sentence, whatever went wrong."""

import threading
from typing import Any

import pytest

from interlock_console.client import Client, Hub
from interlock_console.desk import Desk, Job, new_key
from tests.console.feed import NOBODY
from tests.support.hubs import GUARD, running_hub

Json = dict[str, Any]


def _answer(desk: Desk, job: Job) -> tuple[Json | None, str]:
    found: list[tuple[Json | None, str]] = []
    there = threading.Event()

    def done(answer: Json | None, problem: str) -> None:
        found.append((answer, problem))
        there.set()

    desk.ask(job, done)
    assert there.wait(GUARD)
    return found[0]


def test_a_hub_that_is_not_there_is_said() -> None:
    """A question that nobody answers comes back with a sentence, not with nothing."""
    desk = Desk(NOBODY)
    answer, problem = _answer(desk, lambda client: client.get("/v1/status"))
    assert answer is None
    assert "no answer from the hub" in problem
    desk.close()


def test_an_answer_nobody_understands_is_said() -> None:
    """Even a defect in reading an answer ends in a sentence: whoever waits is never left waiting."""

    def broken(client: Client) -> Json:
        raise KeyError("receipts")

    desk = Desk(NOBODY)
    assert _answer(desk, broken) == (None, "question not certain: KeyError: 'receipts'")
    desk.close()


def test_orders_go_through_while_a_question_waits() -> None:
    """A question that takes its time holds no order up: each has a connection and a thread of its own."""
    with running_hub() as hub:
        desk = Desk(Hub(hub.url, hub.operator_token, "a test"))
        go_on, told = threading.Event(), threading.Event()
        said: list[str] = []

        def slow(client: Client) -> Json:
            assert go_on.wait(GUARD)
            return client.get("/v1/status")

        def done(answer: Json | None, problem: str) -> None:
            said.append(problem)
            told.set()

        waiting = threading.Thread(target=_answer, args=(desk, slow))
        waiting.start()
        desk.order("kill", ["r-00000000000000aa"], "a test", new_key(), done)
        assert told.wait(GUARD)
        assert "kill refused" in said[0]
        assert "no run 'r-00000000000000aa'" in said[0]
        go_on.set()
        waiting.join(GUARD)
        desk.close()


@pytest.mark.pure
def test_every_decision_has_a_key_of_its_own() -> None:
    """Idempotency keys are long and never the same."""
    assert len({new_key() for _ in range(1000)}) == 1000
