"""The company of many: crews in few processes, a role that loops, and one run that was talked into something."""

from pathlib import Path
from typing import Any

from interlock.gameday.cast import hire
from interlock.gameday.commands import Operator
from interlock.gameday.company import INJECTED_NOTE, ORDERS, book
from interlock.gameday.proof import read_effects
from tests.gameday.sandbox import ForkedStage, until

OUTSIDE = "audit@acme-accounts.example"


def test_the_book_of_a_big_company_begins_with_the_story() -> None:
    """Plain orders come after those of the story, each with a name of its own and the same every time."""
    orders = book(300)
    assert orders[: len(ORDERS)] == ORDERS
    assert len({order.order for order in orders}) == len(orders) == len(ORDERS) + 300
    assert orders == book(300)


def test_a_role_loops_and_one_run_of_another_is_poisoned(tmp_path: Path) -> None:
    """Every quoting agent repeats one call that never fails; one support run alone mails the list of customers away."""
    with ForkedStage(tmp_path, seed=3, pace=0.2) as stage:
        operator = Operator(hire(stage, 15))

        def runs() -> list[dict[str, Any]]:
            return list(operator.asks("runs", "--limit", "500")[1]["runs"])

        def looping() -> list[dict[str, Any]]:
            quoting = (run for run in runs() if (run["agent"], run["phase"]) == ("quotes", "running"))
            found = [run for run in quoting if run["repeat"] >= 3]
            return found if len(found) == 3 else []

        assert {run["errors"] for run in until(looping, "the three loops")} == {0}

        def mails() -> list[dict[str, Any]]:
            return [effect for effect in read_effects(stage.effects) if effect.get("to") == OUTSIDE]

        (poisoned,) = {mail["run"] for mail in until(mails, "the mail outside")}
        found = {run["run"]: run for run in runs()}
        assert found[poisoned]["role"] == "support-agent"
        assert found[poisoned]["errors"] == 0

        def shown() -> bool:
            return INJECTED_NOTE[:40] in str(operator.asks("show", poisoned, "--events", "1000")[1])

        # A mail goes out on its permit; what the run read before it comes to the trace in its own time.
        until(shown, "the note that it took for an order")
        assert stage.failed(("quotes", "stock", "support", "poisoned")) == []
