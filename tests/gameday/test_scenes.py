"""The scenarios and the policy they are played under: the file is good, and every scenario has somebody to play it."""

import json

import pytest

from interlock.gameday.__main__ import main
from interlock.gameday.agent.__main__ import ONCE, WORK
from interlock.gameday.company import LETTERS
from interlock.gameday.ledger.books import Refusal
from interlock.gameday.ledger.carrier import AWAY_SECONDS, WORKS_SECONDS, Carrier
from interlock.gameday.scenes import SCENARIOS, source
from interlock.guardrails.signs import hits
from interlock.policy import load

pytestmark = pytest.mark.pure


def test_the_sandboxs_policy_is_one() -> None:
    """It loads, makes good what can be, finds what may have happened, and holds a trainee in shadow."""
    policy = load(source())
    refund, mail = policy.contract("refund"), policy.contract("send_email")
    assert refund is not None
    assert mail is not None
    assert refund.compensate is not None
    assert refund.probe is not None
    assert policy.autonomy("returns-trainee", "refund") == "shadow"
    assert policy.cls("send_email", "read") == "danger"


def test_every_scenario_has_somebody_to_play_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Each is named on the command line, once, and played once, but for what goes on by itself."""
    assert main(["--list-scenarios"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == [scenario.name for scenario in SCENARIOS]
    assert main(["--list-scenarios", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["scenarios"]
    assert [(each["name"], each["says"]) for each in told] == [(each.name, each.says) for each in SCENARIOS]
    assert {scenario.kind for scenario in SCENARIOS} <= set(WORK)
    assert {scenario.kind for scenario in SCENARIOS} - ONCE == {"trainee"}


def test_the_letter_that_speaks_to_the_model_is_found() -> None:
    """The sandbox's own guardrail has something to find."""
    assert all(next(hits(text), None) is not None for text in LETTERS.values())


def test_the_carrier_comes_and_goes() -> None:
    """It works from the first question on, then is away, then works again."""
    now = 100.0
    carrier = Carrier(lambda: now)
    assert carrier.track({"order": "A-1001"})["parcel"] == "PX-1001"
    now += WORKS_SECONDS
    with pytest.raises(Refusal, match="503"):
        carrier.track({"order": "A-1001"})
    now += AWAY_SECONDS
    assert carrier.track({"order": "A-1002"})["order"] == "A-1002"
