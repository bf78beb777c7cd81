"""A team's own checks: asked at once, within their budget, and never trusted further than declared."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from interlock.guardrails import Hooked, InputVerdict, Piece, Request, ask
from interlock.guardrails.hooks import BUSY_MAX, Hook, asked

REQUEST = Request("refunds", "support-agent", "refund A-1009", [Piece("message 1, user", "hello", True)])


def said(answer: Any) -> Hook:
    """Return a hook that says this."""
    return lambda request: answer


def test_verdicts_are_findings_and_an_allow_is_none() -> None:
    """Each hook's verdict counts with its sentence; a hook sees the request and what is new in it."""
    seen: list[Request] = []

    def notes(request: Request) -> InputVerdict:
        seen.append(request)
        return "allow"

    hooks = [Hooked("a", 5), Hooked("b", 5), Hooked("c", 5)]
    known: dict[str, Hook] = {"a": notes, "b": said("flag"), "c": said(("block", "a threat"))}
    found = ask(hooks, known, REQUEST)
    assert [(finding.verdict, finding.rule, finding.excerpt) for finding in found] == [
        ("flag", "guard.hooks.b", ""),
        ("block", "guard.hooks.c", "a threat"),
    ]
    assert seen == [REQUEST]


@pytest.mark.parametrize("otherwise", ["allow", "flag", "ask", "block"])
def test_late_failing_missing_and_babbling_hooks_count_as_declared(otherwise: InputVerdict) -> None:
    """A hook that does not answer in time, raises, is not there or says nonsense has its declared default."""
    held = threading.Event()

    def late(request: Request) -> InputVerdict:
        held.wait(20)
        return "allow"

    def fails(request: Request) -> InputVerdict:
        raise SystemExit("no")

    names = {"late": 0.05, "fails": 5.0, "missing": 5.0, "babbles": 5.0}
    known: dict[str, Hook] = {"late": late, "fails": fails, "babbles": said("alow")}
    try:
        found = ask([Hooked(name, budget, otherwise) for name, budget in names.items()], known, REQUEST)
    finally:
        held.set()
    if otherwise == "allow":
        assert found == ()
        return
    assert {finding.verdict for finding in found} == {otherwise}
    whys = [finding.excerpt for finding in found]
    assert "within 50 ms" in whys[0]
    assert "SystemExit" in whys[1]
    assert "gate.guardrail(name, hook)" in whys[2]
    assert "'alow'" in whys[3]


def test_a_hook_that_hangs_gets_no_threads_without_end() -> None:
    """Past the limit of open checks a hook has failed at once, until some of them end."""
    held = threading.Event()

    def hangs(request: Request) -> InputVerdict:
        held.wait(20)
        return "allow"

    hook, known = Hooked("hangs", 0.001, "block"), {"hangs": hangs}
    try:
        for _ in range(BUSY_MAX):
            assert "within" in ask([hook], known, REQUEST)[0].excerpt
        assert f"{BUSY_MAX} of its checks" in ask([hook], known, REQUEST)[0].excerpt
    finally:
        held.set()


@pytest.mark.pure
def test_what_is_no_verdict_is_refused() -> None:
    """Only the four words count, alone or with a sentence."""
    assert asked("ask") == ("ask", "")
    assert asked(("flag", "why")) == ("flag", "why")
    for nonsense in (None, 1, "ALLOW", ("allow", 1), ("allow", "a", "b")):
        with pytest.raises(ValueError, match="verdict"):
            asked(nonsense)
