"""The wording of every error: what happened, the value, what to do next; and the tree in the docstring."""

import pytest

from interlock import errors
from tests.support.cases import each

pytestmark = pytest.mark.pure

WORDING = [
    (
        errors.ConfigError("no such token file", value="t", fix="set INTERLOCK_TOKEN"),
        "no such token file 't': set INTERLOCK_TOKEN",
    ),
    (errors.WireError("not JSON", place="events.batch"), "malformed events.batch: not JSON"),
    (
        errors.VersionError(2, 1),
        "malformed frame: protocol version 2, this side speaks 1; upgrade the older side",
    ),
    (
        errors.ArgumentsError("refund", "amount is NaN"),
        "arguments of 'refund' refused: amount is NaN; pass plain JSON values",
    ),
    (
        errors.StoreError("not a database", path="record.db", fix="restore a backup"),
        "'record.db': not a database; restore a backup",
    ),
    (
        errors.ChainBroken(7, "its hash does not match", path="record.db"),
        (
            "'record.db': entry 7 is bad: its hash does not match; "
            "keep this copy as evidence and compare it with a backup"
        ),
    ),
    (errors.HubError("the run has ended", code="conflict"), "the hub refused (conflict): the run has ended"),
    (
        errors.NotFound("run", "r-1"),
        "the hub refused (not_found): no run 'r-1'; 'interlock runs' lists what there is",
    ),
    (errors.Unauthorised("wrong token"), "the hub refused (unauthorised): wrong token"),
    (
        errors.HubUnavailable("open a run", url="http://127.0.0.1:1", waited=5),
        (
            "cannot open a run: no answer from the hub at 'http://127.0.0.1:1' in 5.0 s; "
            "is 'interlock hub' running?"
        ),
    ),
    (
        errors.CallRefused("r-1", "refund", "the hub is away", code="hub_away"),
        "'refund' did not start in run 'r-1': the hub is away",
    ),
    (
        errors.Rejected("r-1", "refund", by="ann", reason="the order is too old"),
        (
            "'refund' did not start in run 'r-1': 'ann' rejected it ('the order is too old'); "
            "do not ask for the same again, go on without it or ask the person"
        ),
    ),
    (
        errors.ApprovalTimedOut("r-1", "refund", waited=600.0),
        (
            "'refund' did not start in run 'r-1': nobody decided on it within 600 s, which is no approval; "
            "it is safe to ask again"
        ),
    ),
    (
        errors.PermitExpired("r-1", "refund", 312.4),
        (
            "'refund' did not start in run 'r-1': 312 ms passed between its permit and its start; "
            "the call is safe to repeat"
        ),
    ),
    (
        errors.RunOver("r-1", "refund"),
        "'refund' did not start in run 'r-1': the run has ended; open a new one with gate.run(...)",
    ),
    (
        errors.RunKilled("r-1", "refund", order="o-1", reason="loops"),
        "'refund' did not start in run 'r-1': killed by order 'o-1' ('loops'); a killed run never resumes",
    ),
    (
        errors.RunKilled("r-1", "refund", order="o-1", reason="loops", by="ada"),
        (
            "'refund' did not start in run 'r-1': killed by order 'o-1' of 'ada' ('loops'); "
            "a killed run never resumes"
        ),
    ),
    (errors.KillSignal("r-1", order="o-1", reason="loops"), "run 'r-1' killed by order 'o-1'"),
    (errors.CancelSignal("r-1", order="o-1", reason="loops"), "run 'r-1' was asked to end by order 'o-1'"),
]


@each(WORDING)
def test_wording_of_errors(error: BaseException, sentence: str) -> None:
    """Each error says exactly this sentence."""
    assert str(error) == sentence


def test_every_error_is_in_the_drawn_tree() -> None:
    """The tree in the module's docstring names every class of the module."""
    classes = [name for name, value in vars(errors).items() if isinstance(value, type)]
    missing = [name for name in classes if name not in (errors.__doc__ or "")]
    assert not missing


def test_a_kill_cannot_be_swallowed_by_except_exception() -> None:
    """The signals that end a run from the inside are no ordinary exceptions."""
    assert not issubclass(errors.KillSignal, Exception)
    assert not issubclass(errors.CancelSignal, Exception)
    assert issubclass(errors.RunKilled, errors.InterlockError)
