"""What the link does with answers: a permit counts from its sending, and only an approval answers for a person."""

from typing import Any

import pytest

from interlock import ids, wire
from interlock.clock import boot
from interlock.errors import ApprovalTimedOut, CallRefused, Rejected, RunOver
from interlock.link.asks import Ask
from interlock.link.member import Member
from interlock.link.requests import Requests
from interlock.text import Untrusted

pytestmark = pytest.mark.pure


class Line:
    """Keeps what a link would send."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.outcomes: list[dict[str, Any]] = []

    def say(self, frame: Any) -> None:
        """Take a frame."""
        self.said.append(frame)

    def outcome(self, frame: dict[str, Any]) -> None:
        """Take an outcome."""
        self.outcomes.append(frame)

    def settle(self, member: Member) -> None:
        """Nothing is in flight here."""


def member() -> Member:
    """Return a run that the hub let in."""
    made = Member(ids.new_run(), trace="", span="", parent_span=None, first=None)
    made.here = True
    return made


def asked(line: Line, *, person: bool = False) -> tuple[Requests, Ask]:
    """Return a request that was sent."""
    place: Any = line
    requests = Requests(place)
    frame = {
        "kind": "permit",
        "req": ids.new_span(),
        "tool": "refund",
        "verdict": "ask" if person else "allow",
    }
    ask = Ask(member(), "c1", frame)
    requests.ask(ask)
    return requests, ask


def test_a_permit_counts_from_the_sending_of_its_request() -> None:
    """However long the answer lay in the socket of a process that stood still, its time was running (K3)."""
    requests, ask = asked(Line())
    ask.sent_at -= 10
    requests.granted(wire.Granted(req=ask.frame["req"], permit=ids.new_permit(), ttl_ms=2000))
    until = getattr(ask.answer.result(), "until", 0.0)
    assert until == ask.sent_at + 2
    assert until < boot()


def test_an_approval_is_no_permit() -> None:
    """It answers a question for a person and nothing else, and it brings no time in which anything may start."""
    requests, ask = asked(Line())
    frame = wire.Approved(req=ask.frame["req"], escalation=ids.new_escalation(), digest="ab" * 32)
    requests.approved(frame)
    assert not ask.answer.done()
    requests, ask = asked(Line(), person=True)
    frame = frame.model_copy(update={"req": ask.frame["req"]})
    requests.approved(frame)
    assert ask.answer.result() is frame
    assert not hasattr(frame, "ttl_ms")


def test_a_permit_where_a_person_was_asked_goes_back() -> None:
    """Nothing may start with it, whoever sent it."""
    line = Line()
    requests, ask = asked(line, person=True)
    requests.granted(wire.Granted(req=ask.frame["req"], permit=ids.new_permit()))
    with pytest.raises(CallRefused, match="a person is to decide"):
        ask.answer.result()
    assert [frame["outcome"] for frame in line.outcomes] == ["failed"]


def test_what_nobody_waits_for_is_said_again_after_a_reconnect() -> None:
    """The hub may not have heard that a question was withdrawn; the question itself is not asked again."""
    line = Line()
    requests, ask = asked(line, person=True)
    requests.drop(ask, "the caller went away")
    requests.repeat(ask.member)
    first, *drops = line.said
    assert b'"permit"' in first
    assert [(drop.req, drop.why) for drop in drops] == [(ask.frame["req"], "the caller went away")] * 2
    requests.approved(wire.Approved(req=ask.frame["req"], escalation=ids.new_escalation(), digest="ab" * 32))
    assert not ask.answer.done()


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("rejected", Rejected, "rejected"),
        ("timed_out", ApprovalTimedOut, "timed_out"),
        ("denied", CallRefused, "policy"),
        ("void", CallRefused, "void"),
        ("finished", RunOver, ""),
    ],
)
def test_each_refusal_is_an_error_of_its_kind(code: str, kind: type, said: str) -> None:
    """The agent can tell what happened to its call by the type and the code."""
    requests, ask = asked(Line(), person=True)
    frame = {"req": ask.frame["req"], "code": code, "problem": "so it is"}
    assert requests.refused(wire.Refused.model_validate(frame | {"by": "ann", "reason": "no"}))
    error = ask.answer.exception()
    assert type(error) is kind
    assert getattr(error, "code", "") == said
    assert not requests.refused(wire.Refused.model_validate(frame))


def test_a_refusal_names_what_a_person_wrote_as_a_quotation() -> None:
    """The reason of a person is a value in the sentence; a line break in it makes no second line."""
    requests, ask = asked(Line(), person=True)
    refused = wire.Refused(
        req=ask.frame["req"],
        code="rejected",
        problem="no",
        by=Untrusted("ann"),
        reason=Untrusted("no\n\x1b[2J"),
    )
    requests.refused(refused)
    text = str(ask.answer.exception())
    assert "\n" not in text
    assert "\x1b" not in text
