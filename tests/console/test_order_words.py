"""Orders at scale in words: never more than is proven, and what line 1 has to say while it is short of room."""

from __future__ import annotations

import pytest

from interlock.text import Untrusted, cells
from interlock_console import aim, combined, standing
from interlock_console.aim import Aim
from interlock_console.brake import edge, judged
from interlock_console.bulk import DONE, FAILED, NOT_SENT, Waves
from interlock_console.proof import Proof
from tests.console import order_texts
from tests.console.order_texts import presumed, summary
from tests.console.stories import ORDER, receipt
from tests.hostile.oracle import forbidden_in_lines
from tests.hostile.payloads import PAYLOADS
from tests.support.cases import each

pytestmark = pytest.mark.pure


def _said(made: dict[str, object], *receipts: dict[str, object]) -> str:
    return "\n".join(row.text for row in (combined.head(made, receipts), *combined.rows(made, receipts)))


@pytest.mark.parametrize("confirmed", [0, 1, 37, 39])
@pytest.mark.parametrize("complete", [False, True])
def test_a_kill_of_most_is_never_a_stop(confirmed: int, complete: bool) -> None:
    """Before every target is confirmed, nothing says stopped, however many are and whatever is expected yet."""
    stages = {"recorded": 40, "acknowledged": 38, "confirmed": confirmed}
    said = _said(summary(stages=stages, complete=complete))
    assert f"STOPPING: confirmed {confirmed} of 40, {40 - confirmed} not" in said
    assert "stopped" not in said.lower()
    assert f"recorded 40/40  acknowledged 38/40  confirmed {confirmed}/40" in said


def test_a_kill_of_all_is_confirmed() -> None:
    """Once all are confirmed it says so, and what was proven."""
    assert combined.head(summary()).text == "CONFIRMED STOPPED, all 40: no gated call in flight"


def test_presumed_targets_are_named_with_their_silent_gates() -> None:
    """A target that is presumed stopped is named, with the gate that says nothing."""
    made = summary(targets=1, named=1, stages={"recorded": 1, "presumed": 1}, complete=False)
    said = _said(made, presumed("r-00000000000000aa"))
    assert "1 PRESUMED: nothing new can start there" in said
    assert "r-00000000000000aa  nothing new can start; not confirmed; silent: g-00000000000000aa" in said
    hangs = _said(made, presumed("r-00000000000000aa", silent=False))
    assert "silent" not in hangs


def test_an_unrecorded_order_says_so_first() -> None:
    """What acts but is not on disk is called UNRECORDED in the first line."""
    head = combined.head(summary(unrecorded=True))
    assert head.label == "UNRECORDED"
    assert head.tone == "alarm"


def test_an_order_that_reached_nobody_stands_all_the_same() -> None:
    """An order by scope with no target says that it holds for later ones, and stops nothing."""
    said = combined.head(summary(targets=0, named=0, stages={})).text
    assert said == "no run was reached; it stands for those that start later"


def test_children_grandchildren_and_later_runs_are_told_apart() -> None:
    """A descendant is named with its parent, and those that registered since are counted."""
    child = receipt("kill", "confirmed", inherited_from="r-root") | {"run": "r-child"}
    deeper = receipt("kill", "confirmed", inherited_from="r-root") | {"run": "r-deep"}
    parents = {"r-child": "r-root", "r-deep": "r-child"}
    rows = combined.rows(summary(children=3, later=7), [child, deeper], (), parents.__getitem__)
    told = {row.label: row.text for row in rows}
    assert told["child"] == "r-child  of r-root"
    assert told["grandchild"] == "r-deep  of r-child, under r-root"
    assert told["children"] == "1 more child run"
    assert told["later"].startswith("7 runs registered since")


def test_what_was_refused_and_what_the_rest_waits_for_is_told_by_target() -> None:
    """Each refused target has its problem, each open one what it waits for, and what is left out is counted."""
    waiting = [{"run": "r-aa", "waits_for": ["gate g-1 has not answered"]}]
    made = summary(waiting=waiting, waiting_total=3, refused=2, stages={"recorded": 40})
    rows = combined.rows(made, (), [{"run": "r-bb", "code": "conflict", "problem": "it has ended"}])
    told = [(row.label, row.text, row.run) for row in rows]
    assert ("waits for", "r-aa  gate g-1 has not answered", "r-aa") in told
    assert ("waits for", "2 more", "") in told
    assert ("refused", "r-bb  it has ended", "r-bb") in told
    assert ("refused", "1 more, told when the order was given", "") in told


@each(sorted(PAYLOADS))
def test_no_text_acts_in_a_combined_receipt(name: str) -> None:
    """Scopes, operators, reasons and problems reach the receipt only as visible lines."""
    text = PAYLOADS[name][:600]
    rows = combined.rows(
        order_texts.hostile_summary(text), (), [{"run": "r-aa", "code": "x", "problem": text}]
    )
    lines = [
        *(row.text for row in rows),
        combined.title(order_texts.hostile_summary(text)),
        Aim("role", Untrusted(text)).said,
    ]
    lines += [standing.line([order_texts.standing(scope={"agent": text})], 30)]
    lines += [
        said
        for said, _ in standing.came((), [order_texts.standing(scope={"role": text}, by=text, reason=text)])
    ]
    assert forbidden_in_lines(("\n".join(lines) + "\n").encode()) == []


def test_waves_grow_and_end() -> None:
    """Ten, fifty, then two hundred at a time, each target once."""
    waves = Waves([f"r-{number}" for number in range(500)])
    sizes: list[int] = []
    while wave := waves.next():
        sizes.append(len(wave))
        waves.took(wave, {})
    assert sizes == [10, 50, 200, 200, 40]
    assert waves.count(DONE) == 500
    assert not waves.stopped


@pytest.mark.parametrize(("failed", "braked"), [(2, False), (3, True), (10, True)])
def test_the_brake_ends_a_bulk_order_when_too_many_fail(failed: int, braked: bool) -> None:
    """Three failures of ten are too many, two are not; what was not sent is told for every target."""
    waves = Waves([f"r-{number}" for number in range(30)])
    wave = waves.next()
    waves.took(wave, dict.fromkeys(wave[:failed], "lost"))
    assert bool(waves.stopped) is braked
    assert bool(waves.next()) is not braked
    if braked:
        assert waves.count(NOT_SENT) == 20
        assert waves.told["r-29"] == (NOT_SENT, f"the error brake: {failed} of 10 failed")
    assert waves.count(FAILED) == failed


def test_the_stop_key_keeps_what_was_sent() -> None:
    """Stopping leaves the wave that is out, and sends no other."""
    waves = Waves([f"r-{number}" for number in range(30)])
    wave = waves.next()
    waves.stop("you stopped it")
    waves.took(wave, {})
    assert waves.next() == ()
    assert (waves.count(DONE), waves.count(NOT_SENT)) == (10, 20)


def test_only_the_exact_count_is_proof() -> None:
    """A beginning, a longer number, and Enter are none; what is asked anew voids what was typed."""
    proof = Proof("40")
    told: list[bool] = []
    for key, character in (("4", "4"), ("enter", "\r"), ("0", "0"), ("1", "1"), ("backspace", None)):
        proof.take(key, character)
        told.append(proof.given)
    assert told == [False, False, True, False, True]
    assert not proof.take("enter", "\r")
    proof.renew("41")
    assert (proof.given, proof.typed) == (False, "")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("fleet", "the whole fleet"),
        ("role:a b", 'role "a b"'),
        ("agent:x:y", "agent x:y"),
        ("r-ab12", "run r-ab12"),
    ],
)
def test_a_typed_word_names_whom_it_is_about(word: str, said: str) -> None:
    """Roles and agents may have any name; a word that names nobody is nobody, never everybody."""
    found = aim.parse(word)
    assert found is not None
    assert found.said == said
    assert [aim.parse(bad) for bad in ("", "role:", "all", "*", "flee", "agent")] == [None] * 6


def test_the_strongest_standing_order_is_named_and_all_are_counted() -> None:
    """Line 1 names a kill before a pause, the newest first, and says how many stand."""
    kill, pause = (
        order_texts.standing(at=1.0),
        order_texts.standing("pause", {"fleet": True}, at=2.0, later=0),
    )
    assert standing.line([kill], 30) == f"KILL role support-agent {ORDER[:6]} +7"
    assert standing.line([pause, kill], 30) == f"2 STAND: KILL role support-agent {ORDER[:6]} +7"
    assert standing.line([pause], 30) == f"PAUSE fleet {ORDER[:6]}"
    assert standing.line([pause, kill], 0) == "STANDING 2"
    assert [cells(standing.line([kill], names)) for names in standing.NAMES] == sorted(
        (cells(standing.line([kill], names)) for names in standing.NAMES), reverse=True
    )


def test_another_console_s_order_is_told() -> None:
    """An order that begins to stand is told with who gave it and why, and its end too."""
    order = order_texts.standing(by="bob", reason="INC-7")
    (came,) = standing.came((), [order])
    assert came == (f"KILL role support-agent {ORDER} by bob STANDS: INC-7", "alarm")
    (went,) = standing.came([order], ())
    assert went[0].endswith("stands no more")


PROVEN = {
    "proven_at": 100.0,
    "ok": True,
    "problem": "",
    "p50": 0.9,
    "p99": 1.4,
    "count": 9,
    "every_s": 60,
    "slow_ms": 100,
}


@pytest.mark.parametrize(
    ("fields", "now", "long", "short", "bad"),
    [
        ({}, 112.0, "brake proven 12s ago p50 0.9 p99 1.4 ms", "brake 12s", False),
        ({}, 251.0, "BRAKE 2m31s OLD", "BRAKE 2m31s OLD", True),
        (
            {"ok": False, "problem": "no answer"},
            112.0,
            "BRAKE FAILED, last proven 12s ago",
            "BRAKE FAILED",
            True,
        ),
        ({"ok": False, "proven_at": None}, 112.0, "BRAKE FAILED, never proven", "BRAKE FAILED", True),
        (
            {"p50": 120.0, "p99": 240.0},
            112.0,
            "BRAKE SLOW p50 120 p99 240 ms, proven 12s ago",
            "BRAKE SLOW 120 ms",
            True,
        ),
        ({"ok": None, "proven_at": None}, 112.0, "brake not proven yet", "brake -", False),
    ],
)
def test_the_brake_is_said_as_it_is(
    fields: dict[str, object], now: float, long: str, short: str, bad: bool
) -> None:
    """Fresh, old, failed, slow and unproven are five words; the bad ones stay whatever the room."""
    told = judged(PROVEN | fields, now)
    assert told is not None
    assert (told.long, told.short, told.bad) == (long, short, bad)
    assert (told.tone == "alarm") is bad


def test_a_brake_that_fails_tells_its_sentence_once() -> None:
    """The ticker says why when it fails and again when it holds, not every second between."""
    bad = PROVEN | {"ok": False, "problem": "the gate leaked"}
    assert edge(PROVEN, bad) == ("THE BRAKE IS NOT PROVEN: the gate leaked", "alarm")
    assert edge(bad, bad) is None
    assert edge(bad, PROVEN) == ("the brake is proven again", "still")
    assert edge(None, PROVEN) is None
