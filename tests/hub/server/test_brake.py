"""What the hub says of its own brake, by the verdicts of its canary and the time since."""

import pytest

from interlock.hub.server.brake import PROOFS, Brake, Verdict

pytestmark = pytest.mark.pure


def verdict(closed: float = 2.0, problem: str = "", at: float = 1e9) -> Verdict:
    """Return what the canary says of one proof."""
    orders = {"kill": {"order": "o-1", "closed": closed}}
    return Verdict.model_validate(
        {"run": "r-1", "ok": not problem, "problem": problem, "orders": orders, "at": at}
    )


def test_nothing_is_proven_before_the_first_verdict() -> None:
    """A fresh hub says neither yes nor no, and after two intervals and a little without a verdict it says no."""
    brake = Brake(60.0, 100.0)
    said = brake.to_json(101.0)
    assert (said["ok"], said["proven_at"], said["p50"], said["count"]) == (None, None, None, 0)
    late = brake.to_json(100.0 + 126.0)
    assert (late["ok"], late["problem"]) == (False, "no proof for 126 s")


def test_a_good_verdict_is_good_for_two_intervals() -> None:
    """It stays proven until the next two proofs are overdue, then the time of the last one is all that is left."""
    brake = Brake(60.0, 0.0)
    brake.take(verdict(at=1e9), "", 10.0)
    assert brake.to_json(134.0)["ok"] is True
    stale = brake.to_json(136.0)
    assert (stale["ok"], stale["problem"], stale["proven_at"]) == (False, "no proof for 126 s", 1e9)


def test_a_bad_verdict_is_said_and_keeps_the_last_good_time() -> None:
    """The sentence is the canary's own, and when the brake was last proven does not move."""
    brake = Brake(60.0, 0.0)
    brake.take(verdict(at=1e9), "", 10.0)
    brake.take(verdict(problem="1 read calls started", at=2e9), "", 70.0)
    said = brake.to_json(71.0)
    assert (said["ok"], said["problem"], said["proven_at"]) == (False, "1 read calls started", 1e9)
    assert said["count"] == 2


def test_the_receipt_can_contradict_a_good_verdict() -> None:
    """Neither side concludes success alone: a proof that the hub's receipt does not bear out is none."""
    brake = Brake(60.0, 0.0)
    brake.take(verdict(), "the receipt of its kill is not 'confirmed'", 10.0)
    said = brake.to_json(11.0)
    assert (said["ok"], said["proven_at"], said["p50"]) == (False, None, None)
    assert "receipt" in said["problem"]


def test_a_canary_that_ended_is_no_proof() -> None:
    """What ended without a verdict is said at once, and the next good verdict mends it."""
    brake = Brake(60.0, 0.0)
    brake.take(verdict(), "", 10.0)
    brake.fail("the canary ended with -9 and without a verdict")
    assert brake.to_json(11.0)["ok"] is False
    brake.take(verdict(), "", 12.0)
    assert brake.to_json(13.0)["ok"] is True


def test_the_times_are_those_of_the_newest_proofs() -> None:
    """p50 and p99 are of the last sixty good proofs, and of no bad one."""
    brake = Brake(60.0, 0.0)
    for closed in range(1000, 1000 + PROOFS):
        brake.take(verdict(float(closed)), "", 10.0)
    for closed in range(PROOFS):
        brake.take(verdict(float(closed)), "", 10.0)
    brake.take(verdict(5000.0, problem="no"), "", 10.0)
    said = brake.to_json(11.0)
    assert (said["p50"], said["p99"], said["slow_ms"]) == (29.0, 58.0, 100)


def test_a_hub_without_a_canary_says_so() -> None:
    """Then nothing is proven, however long it runs, and the sentence says why."""
    said = Brake(None, 0.0).to_json(1e6)
    assert (said["ok"], said["every_s"]) == (None, 0.0)
    assert "--no-canary" in said["problem"]
