"""Changes of policy and dial: what gives rights is on disk first, what takes them goes to the gates first."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.dials import DialScope
from interlock.hub.core.effects import Append, Spread
from interlock.hub.core.fold import fold
from interlock.hub.core.image import dump, load
from interlock.hub.core.rulebook import FULL_MAX
from interlock.hub.core.ruling import AskDial
from interlock.hub.core.world import World
from interlock.runs import RunState
from tests.hub.core.control import folded
from tests.hub.core.plant import Plant, order_id, run_id, running
from tests.hub.core.rulings import YAML, code, digest_of, holds, level, push, stage, text_of, turn

pytestmark = pytest.mark.pure

OTHER = text_of(YAML.replace("<= 200", "<= 300"))
THIRD = text_of(YAML.replace("<= 200", "<= 400"))


def told(plant: Plant, conn: int = 1) -> Any:
    """Return what holds as a gate was told it last."""
    return next(frame for frame in reversed(plant.ruled[conn]) if frame.kind == "rules")


def texts(plant: Plant, conn: int = 1) -> list[int]:
    """Return the numbers of the policies whose texts went to a gate, in order."""
    return [frame.n for frame in plant.ruled[conn] if frame.kind == "policy"]


def under(plant: Plant, run: int) -> list[tuple[int, str]]:
    """Return version and level as the trace of a run was told of them, in order."""
    events = [event for name, event in plant.told if name == run_id(run) and event.kind == "run.ruled"]
    return [(event.n, event.level) for event in events]


def again(plant: Plant) -> World:
    """Return the world that a start from the record makes."""
    plant.commit_all()
    return folded(plant.disk, plant.now)


def test_a_policy_holds_once_it_is_on_disk_and_then_at_every_gate() -> None:
    """Before the commit nobody hears of it; after it each gate has the text, and then the word that it holds."""
    plant = running(2, auto=False)
    plant.commit_all()
    request = push(plant, 1)
    assert holds(plant) == (0, 0)
    assert not texts(plant)
    assert request not in plant.replies
    plant.commit_all()
    assert (holds(plant), code(plant, request)) == ((1, 0), "")
    for conn in (1, 2):
        assert [frame.kind for frame in plant.ruled[conn][-2:]] == ["policy", "rules"]
        assert told(plant, conn).active.digest == digest_of(text_of())


def test_a_gate_that_connects_is_told_what_holds() -> None:
    """Right after its hello, with the text; the hub's own canary is told nothing."""
    plant = running()
    push(plant, 1)
    turn(plant, 2, "shadow")
    plant.hello(5, 5)
    assert [frame.kind for frame in plant.ruled[5]] == ["policy", "rules"]
    assert (told(plant, 5).active.n, told(plant, 5).dials[0].level) == (1, "shadow")
    plant.hello(6, 6, own=True)
    assert not plant.ruled[6]


def test_a_text_is_sent_again_where_the_gate_let_it_go() -> None:
    """A gate keeps the texts of what holds; a version that holds again after another one is sent again."""
    plant = running()
    push(plant, 1)
    push(plant, 2, OTHER)
    turn(plant, 3, "ask")
    assert texts(plant) == [1, 2]
    stage(plant, "rollback", 4, n=1)
    assert texts(plant) == [1, 2, 1]


def test_only_one_change_that_gives_rights_is_on_its_way() -> None:
    """A second push, a rollback and a raised dial wait for nobody: they are refused as busy."""
    plant = running()
    push(plant, 1)
    turn(plant, 2, "shadow")
    plant.auto = False
    push(plant, 3, OTHER)
    later = [push(plant, 4, THIRD), stage(plant, "rollback", 5, n=2), turn(plant, 6, "auto", proof=2)]
    assert [code(plant, request) for request in later[:1] + later[2:]] == ["busy", "busy"]
    plant.commit_all()
    assert (holds(plant), level(plant)) == ((2, 0), "shadow")


def test_what_could_not_be_written_never_holds() -> None:
    """A push that waits for a full disk is taken back; live, and over the record, the one before holds on."""
    plant = running()
    push(plant, 1)
    plant.auto = False
    push(plant, 2, OTHER)
    plant.take(plant.core.rights_unwritten(plant.now))
    assert holds(plant) == (1, 0)
    plant.commit_all()
    assert holds(plant) == (1, 0)
    assert told(plant).active.n == 1
    assert again(plant).rules.active == plant.core.rules.book.active
    assert 2 not in again(plant).rules.versions


def test_a_rollback_that_was_taken_back_leaves_what_was_pushed_behind_it() -> None:
    """The void names its own change: one that came later is not touched by it, live or over the record."""
    plant = running()
    push(plant, 1)
    push(plant, 2, OTHER)
    plant.auto = False
    stage(plant, "rollback", 3, n=1)
    plant.take(plant.core.rights_unwritten(plant.now))
    later = push(plant, 4, THIRD)
    plant.commit()
    assert holds(plant) == (2, 0)
    plant.commit_all()
    assert (holds(plant), code(plant, later)) == ((3, 0), "")
    assert again(plant).rules.active == plant.core.rules.book.active


def test_a_raise_that_could_not_be_written_leaves_the_dial_where_it_was() -> None:
    """The level before is in force, live and after a restart, and no gate was told of another."""
    plant = running()
    turn(plant, 1, "read-only")
    plant.auto = False
    turn(plant, 2, "ask", proof=1)
    assert (level(plant), told(plant).dials[0].level) == ("read-only", "read-only")
    plant.take(plant.core.rights_unwritten(plant.now))
    plant.commit_all()
    assert (level(plant), told(plant).dials[0].level) == ("read-only", "read-only")
    plant.crash()
    assert level(plant) == "read-only"


def test_a_lowered_dial_is_with_the_gates_before_it_is_on_its_way_to_the_disk() -> None:
    """The frame is ahead of the append in the effects, and nothing of it waits for a commit."""
    plant = running()
    plant.auto = False
    begun = len(plant.log)
    request = turn(plant, 1, "stopped", fleet=True)
    kinds = [type(effect) for effect in plant.log[begun:] if isinstance(effect, Spread | Append)]
    assert kinds == [Spread, Append]
    assert told(plant).dials[0].level == "stopped"
    assert level(plant, fleet=True) == "stopped"
    assert request not in plant.replies
    plant.commit_all()
    assert code(plant, request) == ""


def test_a_dial_that_is_lowered_while_it_is_raised_stays_low() -> None:
    """Whoever takes rights away wins over a raise on its way to the disk; its asker is told, and so is the record."""
    plant = running()
    turn(plant, 1, "ask")
    plant.auto = False
    raised = turn(plant, 2, "auto", proof=1)
    turn(plant, 3, "stopped")
    plant.commit_all()
    assert (code(plant, raised), level(plant)) == ("conflict", "stopped")
    assert told(plant).dials[0].level == "stopped"
    plant.crash()
    assert level(plant) == "stopped"


def test_saying_the_same_level_again_ends_a_raise_on_its_way() -> None:
    """To ask for what holds is to lower it against what somebody is about to raise."""
    plant = running()
    turn(plant, 1, "shadow")
    plant.auto = False
    raised, same = turn(plant, 2, "auto", proof=1), turn(plant, 3, "shadow")
    plant.commit_all()
    assert (code(plant, raised), code(plant, same), level(plant)) == ("conflict", "", "shadow")
    assert code(plant, turn(plant, 4, "shadow")) == "unchanged"


def test_a_dial_is_raised_with_the_proof_of_the_order_that_lowered_it() -> None:
    """Not without, and not with that of another order; a dial at auto is none."""
    plant = running()
    turn(plant, 0x1A, "stopped")
    assert [code(plant, turn(plant, 9, "auto", proof=proof)) for proof in (None, 0x1B)] == ["proof", "proof"]
    assert level(plant) == "stopped"
    assert code(plant, turn(plant, 9, "auto", proof=0x1A)) == ""
    assert (level(plant), told(plant).dials) == ("auto", ())


def test_a_rule_lowers_a_dial_and_never_raises_one() -> None:
    """It is as quick as a person's, says which rule it was, and why."""
    plant = running()
    turn(plant, 1, "shadow")

    def ask(order: int, where: Any) -> AskDial:
        scope = DialScope.model_validate({"role": "support"})
        return AskDial(order_id(order), scope, where, "rule:loops", "it loops", plant.now.wall, "repeat")

    said: list[Any] = []
    plant.take(plant.core.hand(lambda: said.append(plant.core.dials.lower(ask(2, "auto"))), plant.now))
    assert (said[0].code, level(plant)) == ("conflict", "shadow")
    plant.take(plant.core.hand(lambda: said.append(plant.core.dials.lower(ask(3, "stopped"))), plant.now))
    assert (said[1], level(plant)) == (None, "stopped")
    fact = plant.disk[-1][1]
    assert (fact.kind, fact.body["by"], fact.body["cause"]) == ("dial", "rule:loops", "repeat")


def test_what_holds_is_not_staged_beside_itself() -> None:
    """Two sides with one policy would compare it with itself; the fix says to change the file."""
    plant = running()
    push(plant, 1)
    request = push(plant, 2, share=0.5)
    assert code(plant, request) == "unchanged"
    refusal = plant.replies[request].refusal
    assert refusal is not None
    assert refusal.fix == "change the file, then stage it"


def test_a_candidate_is_promoted_or_withdrawn_by_its_digest() -> None:
    """Another candidate than the one that was looked at is not."""
    plant = running()
    assert code(plant, push(plant, 1, OTHER, share=0.5)) == "conflict"
    push(plant, 2)
    push(plant, 3, OTHER, share=0.5)
    push(plant, 4, THIRD, share=0.25)
    assert (holds(plant), told(plant).candidate.share) == ((1, 3), 0.25)
    assert code(plant, stage(plant, "promote", 5, digest=digest_of(OTHER))) == "conflict"
    assert code(plant, stage(plant, "promote", 6, digest=digest_of(THIRD))) == ""
    assert (holds(plant), told(plant).candidate) == ((3, 0), None)
    push(plant, 7, OTHER, share=0.5)
    assert code(plant, stage(plant, "withdraw", 8, digest=digest_of(OTHER))) == ""
    assert holds(plant) == (3, 0)


def test_what_says_the_same_is_no_change() -> None:
    """A push of what holds, a rollback to it, and a stage as it is, are refused; so is a version nobody pushed."""
    plant = running()
    push(plant, 1)
    push(plant, 2, OTHER, share=0.5)
    same = [
        push(plant, 3),
        push(plant, 4, OTHER, share=0.5),
        stage(plant, "rollback", 5, n=1),
        stage(plant, "rollback", 6, n=9),
    ]
    assert [code(plant, each) for each in same] == ["unchanged", "unchanged", "unchanged", "not_found"]


def test_a_version_says_what_changed() -> None:
    """By path, against what held when it was pushed; a rollback is an entry of its own, with its difference."""
    plant = running()
    push(plant, 1)
    push(plant, 2, OTHER)
    assert plant.core.rules.book.versions[2].diff == [
        {"path": "roles.support.tools.refund.args.amount", "was": '"> 0, <= 200"', "now": '"> 0, <= 300"'}
    ]
    stage(plant, "rollback", 3, n=1)
    fact = plant.disk[-1][1]
    assert (fact.kind, fact.body["n"], fact.body["again"], fact.body["was"]) == ("policy", 1, True, 2)
    assert fact.body["diff"][0]["now"] == '"> 0, <= 200"'


def test_old_versions_keep_their_facts_and_lose_their_texts() -> None:
    """The newest are kept whole, and so is what holds; a rollback to one without its text is refused."""
    plant = running()
    push(plant, 1)
    for number in range(2, FULL_MAX + 3):
        push(plant, number, text_of(YAML.replace("<= 200", f"<= {200 + number}")), share=0.5)
    book = plant.core.rules.book
    assert book.versions[1].text
    assert not book.versions[2].text
    assert code(plant, stage(plant, "rollback", 99, n=2)) == "gone"


def test_everything_about_rules_survives_a_restart_and_an_image() -> None:
    """Versions, the candidate, dials, and what a void would take back: at every place where an image may be taken."""
    plant = running()
    push(plant, 1)
    push(plant, 2, OTHER, share=0.5)
    turn(plant, 3, "ask")
    turn(plant, 4, "shadow", tool="refund")
    turn(plant, 5, "auto", proof=3)
    stage(plant, "promote", 6, digest=digest_of(OTHER))
    plant.auto = False
    stage(plant, "rollback", 7, n=1)
    plant.take(plant.core.rights_unwritten(plant.now))
    plant.commit_all()
    push(plant, 8, THIRD, share=0.75)
    whole = again(plant)
    assert whole.rules.candidate == plant.core.rules.book.candidate
    assert whole.rules.active == plant.core.rules.book.active
    assert whole.rules.dials == plant.core.rules.book.dials
    for cut in range(len(plant.disk) + 1):
        world = load(dump(folded(plant.disk[:cut], plant.now)), plant.now)
        world.replaying = True
        for _, fact in plant.disk[cut:]:
            fold(world, fact, plant.now)
        assert world.rules == whole.rules, cut


def test_a_run_is_told_what_it_is_under() -> None:
    """Only what is another thing than before: nothing without policy and dial, and another level at once."""
    plant = running()
    plant.open(1, 2, role="billing")
    plant.reported(1, 2)
    assert "run.ruled" not in plant.kinds(1)
    push(plant, 1)
    plant.reported(1)
    turn(plant, 2, "shadow")
    plant.wait(0.1)
    assert under(plant, 1) == [(1, "auto"), (1, "shadow")]
    assert under(plant, 2) == [(1, "stopped")]
    plant.open(1, 3)
    assert under(plant, 3) == [(1, "shadow")]


def test_a_run_is_told_of_another_version_before_what_it_reports_and_a_silent_one_never() -> None:
    """Pushes cost a run that says nothing more no row, and one that does a row for several; a restart costs none."""
    plant = running()
    plant.open(1, 2)
    push(plant, 1)
    plant.reported(1)
    push(plant, 2, OTHER)
    push(plant, 3, THIRD)
    plant.wait(5.0)
    assert (under(plant, 1), under(plant, 2)) == ([(1, "auto")], [])
    plant.reported(1)
    plant.reported(1)
    assert (under(plant, 1), under(plant, 2)) == ([(1, "auto"), (3, "auto")], [])
    stage(plant, "rollback", 4, n=1)
    stage(plant, "rollback", 5, n=3)
    plant.reported(1)
    assert under(plant, 1) == [(1, "auto"), (3, "auto")]
    plant.crash()
    states = [RunState(run=run_id(1), policy_n=2), RunState(run=run_id(2), policy_n=2, level="shadow")]
    plant.take(plant.core.reconcile(states, plant.now))
    assert (under(plant, 1)[2:], under(plant, 2)) == ([], [(3, "auto")])
    plant.reported(1)
    assert under(plant, 1)[2:] == [(3, "auto")]
