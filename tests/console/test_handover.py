"""What is handed over: everything that stands, needs a person or is in somebody's hands, and no text that acts."""

from typing import Any

import pytest

from interlock import ids
from interlock.runs import RunState
from interlock.text import Untrusted
from interlock_console import handover
from tests.console.test_commands import Asked
from tests.hostile.oracle import forbidden_in_terminal
from tests.hostile.payloads import PAYLOADS
from tests.hub.server.raw import raw_console, raw_gate
from tests.support.cases import each
from tests.support.hubs import running_hub

Json = dict[str, Any]
NOW = 1_000_000.0


def order(**more: Any) -> Json:
    """Return the summary of an order."""
    said = {
        "order": "o-" + "1" * 16, "verb": "pause", "scope": {"role": "support"}, "by": "ops (says ann)", "at": NOW - 60,
        "reason": "it loops", "targets": 3, "later": 1, "standing": True, "lifted": None, "complete": True,
    }  # fmt: skip
    return said | more


def told(text: str) -> list[str]:
    """Return a hand-off with this text in every field that others write."""
    said = Untrusted(text)
    lost = RunState("r-" + "1" * 16, agent=said, role=said, phase="lost", lost_why=text, claimed_by=said)
    lost.last_note, lost.notes, lost.claimed_at = said, 2, NOW - 90
    hub = {"name": "h", "consoles": [{"who": text}], "standing": [order(reason=text, by=text)]}
    mine = [order(reason=text, by="me", scope={"agent": text})]
    return handover.told(handover.data(hub, [lost], mine, "me", NOW), text)


@pytest.mark.pure
@each(PAYLOADS)
def test_no_text_acts_where_it_is_pasted(name: str) -> None:
    """Whatever agents and people wrote, each entry is one line and nothing in it acts on a terminal."""
    lines = told(PAYLOADS[name])
    assert len(lines) == len(told("plain" if PAYLOADS[name] else ""))
    assert not any("\n" in line for line in lines)
    assert forbidden_in_terminal("\n".join(lines).encode("utf-8", "surrogatepass")) == []


@pytest.mark.pure
def test_own_orders_of_this_shift_are_told_and_no_others() -> None:
    """Orders of others with the same token and those of yesterday are left out; lifted ones say so."""
    orders = [
        order(order="o-" + "2" * 16, lifted={"by": "x"}, standing=False),
        order(order="o-" + "3" * 16, by="ops (says bo)"),
        order(order="o-" + "4" * 16, at=NOW - 9 * 3600),
    ]
    said = handover.data({}, [], orders, "ops (says ann)", NOW)
    assert [each["order"][2] for each in said["orders"]] == ["2"]
    assert any("lifted: it loops" in line for line in handover.told(said, "here"))


@pytest.mark.pure
def test_a_quiet_fleet_says_so_and_the_canary_is_none_of_it() -> None:
    """Where there is nothing each part says that; the hub's own runs are not handed over."""
    canary = RunState("r-" + "1" * 16, role=Untrusted("interlock-canary"), claimed_by=Untrusted("x"))
    text = "\n".join(handover.told(handover.data({}, [canary], [], "me", NOW), "here"))
    for none in (
        "no order stands",
        "no run needs a person",
        "nobody has claimed",
        "no notes",
        "none in the last",
    ):
        assert none in text


def test_the_command_tells_what_stands_on_a_real_hub() -> None:
    """Claimed, noted, paused by role: the command has all of it, as text and as JSON, under the name it was done."""
    run = ids.new_run()
    with running_hub() as hub, raw_gate(hub) as gate, raw_console(hub):
        gate.open(run)
        Asked(hub, "claim", run, "--as", "Ann")
        Asked(hub, "note", run, "do not restart it", "--as", "Ann")
        body = {"verb": "pause", "scope": {"role": "support"}, "reason": "it loops"}
        assert hub.ask("POST", "/v1/orders", body, **{"Interlock-Who": "Ann"})[0] == 200
        said = Asked(hub, "handoff", "--as", "Ann", "--json").json
        text = Asked(hub, "handoff", "--as", "Ann").out
    assert [len(said[part]) for part in ("standing", "claims", "notes", "orders")] == [1] * 4
    assert said["complete"] is True
    assert all(word in text for word in ("PAUSE role support", "(says Ann)", "do not restart it", "it loops"))
