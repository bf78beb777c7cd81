"""What waits for people, without a screen: order and groups, what was read, which key answers, when approve is open."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interlock.text import cells, visible_line
from interlock_console import asks
from interlock_console.editing import command
from interlock_console.inbox import words
from interlock_console.inbox.closed import Stand, closed, needs_of
from interlock_console.inbox.facts import deciding, differences, leaves, object_of, pretty
from interlock_console.inbox.page import page
from interlock_console.inbox.reading import Hand, Seen
from interlock_console.inbox.rows import BELOW, Listing
from interlock_console.widgets.inbox import floods, limits
from tests.console.hostile_waiting import hostile_escalation
from tests.hostile.payloads import PAYLOADS
from tests.support.cases import each

pytestmark = pytest.mark.pure

Json = dict[str, Any]


def call(number: int, **changed: Any) -> Json:
    """Return a call that waits, with an id and a group of its own."""
    given: Json = {
        "id": f"e-{number:016x}",
        "group": f"{number:064x}",
        "cls": "write",
        "needs": 1,
        "votes": [],
    }
    return hostile_escalation("plain", **(given | changed))


def told(found: Json, width: int, **more: Any) -> list[str]:
    """Return the lines of a card as text."""
    return ["".join(text for text, _ in line) for line in page(found, width, **more)]


def test_the_list_keeps_the_hubs_order_and_folds_identical_requests_only() -> None:
    """Danger stays first; calls of one digest are one row with all of them; what was decided is below."""
    same = "f" * 64
    waiting = [call(1, cls="danger"), call(2, group=same), call(3), call(4, group=same)]
    listing = Listing()
    listing.take(waiting, [call(9, state="used", outcome="done")], 10.0)
    rows = listing.rows()
    assert list(rows) == [
        "e-0000000000000001",
        f"g:{same}",
        "e-0000000000000003",
        BELOW,
        "e-0000000000000009",
    ]
    assert [found["id"][-1] for found in rows[f"g:{same}"].members] == ["2", "4"]
    assert (rows["e-0000000000000001"].danger, rows[f"g:{same}"].danger) == (True, False)
    listing.unfolded = True
    assert [key[-1] for key in listing.rows()] == ["1", "2", "3", "4", BELOW[-1], "9"]


def test_time_left_goes_on_from_when_the_hub_said_it_and_stands_still_where_it_is_held() -> None:
    """Seconds are taken off by the console's own clock; a held one has none that run out."""
    listing = Listing()
    listing.take([call(1, left_s=50.0), call(2, held=True)], [], 100.0)
    one, held = listing.rows().values()
    assert (one.left(120.0), one.left(900.0), held.left(120.0)) == (30.0, 0.0, None)
    assert words.left(held.left(120.0), True) == "held"


def test_a_page_was_read_once_every_line_of_it_was_painted_and_no_longer_where_it_changed() -> None:
    """Another width, or a line that became another, was not on the screen; an empty page was never read."""
    seen = Seen()
    assert [seen.all] == [False]
    seen.set(["a", "b", "c"], 80)
    for at in (0, 1):
        seen.painted(at)
    assert (seen.all, seen.first_unseen, seen.count) == (False, 2, 2)
    seen.painted(2)
    seen.painted(7)
    assert [seen.all] == [True]
    seen.set(["a", "B", "c"], 80)
    assert (seen.all, seen.first_unseen) == (False, 1)
    seen.painted(1)
    assert [seen.all] == [True]
    seen.set(["a", "B", "c"], 20)
    assert seen.count == 0


@pytest.mark.parametrize(
    ("keys", "answers"),
    [
        ([("y", 100.39)], False),
        ([("y", 100.5)], True),
        ([("y", 99.0), *(("y", 99.0 + n / 30) for n in range(90))], False),
        ([("y", 101.0), ("y", 101.5)], True),
        ([("a", 101.0), ("y", 101.01)], False),
        ([("a", 101.0), ("y", 101.2)], True),
    ],
)
def test_only_a_key_of_its_own_after_400_ms_of_focus_is_an_answer(
    keys: list[tuple[str, float]], answers: bool
) -> None:
    """Too early, held down, or in one piece with others is none; the same key after a rest is."""
    hand = Hand()
    for key, at in keys:
        hand.note(key, at, 100.0)
    assert hand.answers is answers


def test_approve_is_closed_for_each_reason_and_says_it() -> None:
    """What waits no more, what is not read, what is not current, who must not, and what was not typed."""
    found = call(1)
    stand = Stand(found, 4, 4, "ann")
    assert closed(stand) == ""
    mine = {**found, "requester": {"agent": "a", "owner": "Ann"}}
    voted = {
        **found,
        "needs": 2,
        "votes": [{"by": "ann", "at": 1.0, "digest": found["digest"], "edited": False}],
    }
    for other, word in (
        (Stand(None, 4, 4), "nothing is known"),
        (Stand({**found, "state": "rejected"}, 4, 4), "waits no more"),
        (Stand(found, 4, 4, looks_only=True), "only look"),
        (Stand(found, 4, 4, sent=True), "is sent"),
        (Stand(mine, 4, 4, "ann"), "you own this agent"),
        (Stand(voted, 4, 4, "ann"), "you cannot be both"),
        (Stand(found, 4, 4, stale="STALE 7s"), "STALE 7s"),
        (Stand(found, 3, 4), "3 of 4 lines"),
        (Stand(found, 0, 0), "0 of 0 lines"),
        (Stand(found, 4, 4, proof="type it"), "type it"),
    ):
        assert word in closed(other)
    assert closed(Stand({**voted, "digest": "ef" * 32}, 4, 4, "ann")) == ""
    assert "so far ann" in needs_of(voted, "bo")
    assert needs_of(found, "bo") == ""


@pytest.mark.parametrize("width", [20, 38, 80, 160])
def test_every_character_of_the_arguments_is_on_the_card_at_every_width(width: int) -> None:
    """Long, wide, nested and hidden: nothing is cut, no ellipsis stands for anything, and every line fits."""
    deep: Any = "core"
    for n in range(30):
        deep = {f"k{n}": [deep]}
    args = {
        "body": "".join(f"word{n} " for n in range(400)),
        "wide": "\u6f22" * 90,
        "hidden": "a\u202eb\u200bc\x1b[2Jd\te\nf\u2800",
        "blanks": "pay 10" + " " * 120 + "0",
        "a = 1": 5,
        "deep": deep,
    }
    found = call(1, args=json.dumps(args))
    lines = told(found, width)
    assert max(map(cells, lines)) <= max(width, 20)
    whole = "".join(line.replace("|", "").replace(" ", "") for line in lines)
    for path, value in leaves(found["args"]):
        assert value.replace(" ", "").replace("|", "") in whole, path
        assert path.replace(" ", "") in whole, path
    assert "\u2026" not in "".join(lines)
    assert '"a=1"=5' in whole


def test_facts_come_first_those_the_rules_name_before_the_rest_and_the_agents_words_last_in_a_frame() -> None:
    """What a rule asks about is the first line; a line break in an argument begins no line of the console's own."""
    why = [{"rule": "roles.s.tools.pay.ask_when.amount", "bound": "> 100", "value": "180"}]
    args = '{"aaa":"x\\n APPROVED by root","amount":180.50}'
    lines = told(
        call(1, args=args, why=why, says="trust me\n ARGUMENTS amount = 1", goal="pay", hidden=False), 80
    )
    assert lines[1].strip() == "amount = 180.50"
    assert deciding(call(1, args=args, why=why)).startswith("amount=180.50")
    assert any("| " in line and "APPROVED by root" in line for line in lines)
    frame = next(at for at, line in enumerate(lines) if "OWN WORDS" in line)
    said = [at for at, line in enumerate(lines) if "trust me" in line or "amount = 1" in line[2:]]
    assert all(at > frame or at == 1 for at in said)
    assert all(line.startswith(" |") for line in lines[frame + 2 : -1])


@each(sorted(PAYLOADS))
def test_a_hostile_text_makes_no_line_of_the_card_but_its_own(name: str) -> None:
    """With a payload in every field the card has only visible text, and its own titles once each."""
    lines = told(hostile_escalation(PAYLOADS[name][:300]), 80)
    assert all(line == visible_line(line) for line in lines)
    assert sum(line.startswith(" ARGUMENTS, decoded") for line in lines) == 1
    assert sum(line.startswith(" THE AGENT'S OWN WORDS") for line in lines) == 1


def test_an_edit_is_shown_with_what_it_changes_and_the_rest_as_the_agent_asked() -> None:
    """The new arguments stand first, and each difference with the value before and after."""
    found = call(1, args='{"amount":180.0,"to":"a@b"}')
    lines = told(found, 80, edited='{"amount": 90, "to": "a@b"}')
    assert lines[0].strip().startswith("YOUR ARGUMENTS")
    at = next(n for n, line in enumerate(lines) if "CHANGED BY YOU: 1" in line)
    assert [line.split() for line in lines[at + 1 : at + 3]] == [["amount", "=", "180.0"], ["becomes", "90"]]
    assert differences(found["args"], found["args"]) == []
    assert "NOTHING" in "".join(told(found, 80, edited=found["args"]))


def test_what_is_edited_is_ascii_and_means_the_same_when_nothing_was_changed() -> None:
    """Numbers keep their spelling, hidden characters are escapes, and what is no object is said."""
    args = '{"a":1.50,"b":[{"c":1e5,"d":"x\\u202e\u00e9"},[],{}],"e":null}'
    text = pretty(args)
    assert text.isascii()
    assert (differences(args, text), object_of(text)) == ([], "")
    assert "1.50" in text
    assert "no JSON" in object_of("{")
    assert "one JSON object" in object_of("[1]")
    assert command({"VISUAL": "", "EDITOR": "vim -n"}) == ["vim", "-n"]


def test_identical_requests_are_on_one_card_each_with_where_it_comes_from() -> None:
    """The arguments once, then run, agent and digest of every other one, and the words of each."""
    others = [
        call(2, run="r-00000000000000b2", taint=["mail 7"], says="second"),
        call(3, run="r-00000000000000b3"),
    ]
    lines = told(call(1), 100, others=others)
    assert any("AND 2 MORE" in line for line in lines)
    joined = "\n".join(lines)
    assert all(
        text in joined for text in ("r-00000000000000b2", "r-00000000000000b3", "mail 7", "says  second")
    )


def test_line_one_says_how_many_wait_and_the_bell_is_for_edges_only() -> None:
    """New danger, the first one, and little time left ring once; fewer, or the same again, do not."""
    some = {"waiting": 2, "danger": 1, "oldest_s": 9.0, "next_s": 40.0, "per_h": 0}
    assert asks.line(some, 0) == ("2 wait, 1 danger, next in 40s", "alarm")
    assert [asks.line(some, form)[0] for form in (1, 2)] == ["2 wait, 1 danger 40s", "ASK 2 DNG 1"]
    assert asks.line(None, 0) == asks.line({**some, "waiting": 0}, 0) == ("", "")
    calm = {**some, "danger": 0, "next_s": 400.0}
    assert asks.line(calm, 0)[1] == "held"
    assert [asks.rings(*pair) for pair in ((None, calm), (calm, some), (some, some), (some, calm))] == [
        True,
        True,
        False,
        False,
    ]
    assert asks.rings(calm, {**calm, "next_s": 50.0})
    assert [len(asks.came(*pair)) for pair in ((calm, {**calm, "next_s": 50.0}), (some, some))] == [1, 0]


def test_a_limit_and_a_pace_that_are_reached_are_said() -> None:
    """Five of a run and twenty of an agent wait at most, and a policy names a pace; below that nothing is said."""
    flood = [call(n, agent="mailer", run="r-00000000000000a1") for n in range(5)]
    assert limits(flood, 5, 20) == ["LIMIT r-000000: 5 of 5 wait, more are refused"]
    assert limits(flood * 4, 99, 20) == ["LIMIT mailer: 20 of 20 wait, more are refused"]
    assert limits(flood[:4], 5, 20) == []
    paces = [
        {"role": "r", "tools": ["t"], "per_h": 9, "pace": 8},
        {"role": "s", "tools": [], "per_h": 1, "pace": 8},
    ]
    assert [said.partition(":")[0] for said in floods(paces)] == ["FLOOD r"]


def test_each_end_has_a_short_word_and_a_sentence_that_says_who_and_why() -> None:
    """Approved is not ran; a reject says by whom and why; too late did not run."""
    ends = [
        (call(1, state="used", outcome="done", decided_by="ann", reason=""), "ran", "approved by ann; ran"),
        (call(1, state="used", decided_by="ann", reason=""), "in flight", "approved by ann; in flight"),
        (call(1, state="rejected", decided_by="bo", reason="no"), "rejected", "rejected by bo: no"),
        (
            call(1, state="void", outcome="too_late", decided_by="", reason=""),
            "too late",
            "void; too late, did not run",
        ),
        (
            call(1, state="used", outcome="unknown", decided_by="", reason=""),
            "UNKNOWN",
            "approved; outcome UNKNOWN",
        ),
    ]
    assert [(words.became(found), words.decided(found)) for found, *_ in ends] == [(s, t) for _, s, t in ends]


def test_a_bound_is_near_only_while_the_call_waits_since_its_own_count_comes_after() -> None:
    """The count of a decided call has that very call in it, so nothing is said of it."""
    near = [{"rule": "tools.refund.at_most", "bound": "2 per run", "value": "this is call 2"}]
    said = "\n".join(told(call(1, near=near), 120))
    assert "close to     tools.refund.at_most 2 per run, and this is call 2" in said
    assert "close to" not in "\n".join(told(call(1, near=near, state="used", outcome="done"), 120))
