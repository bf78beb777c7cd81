"""The hub's own check of each permit: its copy of the policy and the dial count, whatever a gate says."""

from __future__ import annotations

from typing import Any

import pytest

from interlock import canonical
from interlock.hub.core.effects import Moment
from interlock.hub.core.tally import TOOLS_MAX, Tally
from interlock.model import BodyRef
from interlock.policy import staged
from interlock.text import Untrusted
from interlock.wire import AskPermit
from tests.hub.core.control import folded
from tests.hub.core.plant import Plant, run_id, running
from tests.hub.core.rulings import YAML, call, digest_of, holds, push, stage, text_of, turn

pytestmark = pytest.mark.pure

BY_MINUTE = text_of(YAML.replace("at_most: 3 per run", "at_most: 2 per minute"))
BY_DAY = text_of(YAML.replace("at_most: 3 per run", "at_most: 2 per day"))


def plant_under(text: str | None = None, **given: Any) -> Plant:
    """Return a plant with run 1 in role ``support``, under a policy."""
    plant = running(**given)
    push(plant, 0x50, text)
    plant.commit_all()
    return plant


def permits(plant: Plant) -> list[dict[str, Any]]:
    """Return the bodies of the permits on disk."""
    return [fact.body for _, fact in plant.disk if fact.kind == "permit"]


def test_without_a_policy_the_class_lets_everything_through() -> None:
    """As ever; the fact of the permit says that there was none."""
    plant = running()
    assert call(plant, 1, args={"amount": 10_000}) == "granted"
    assert (permits(plant)[0]["policy"], permits(plant)[0]["rule"]) == ("", "class write")


def test_a_permit_says_which_policy_and_which_rule_let_it_through() -> None:
    """The digest in force, and the rule's path."""
    plant = plant_under()
    assert call(plant, 1) == "granted"
    said = permits(plant)[0]
    assert (said["policy"], said["rule"]) == (digest_of(text_of()), "roles.support.tools.refund")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"args": {"amount": 201}}, "roles.support.tools.refund.args.amount <= 200, and here it is 201"),
        ({"tool": "wipe", "args": {}, "cls": "danger"}, "roles.support.tools.wipe.never irreversible"),
        ({"tool": "transfer", "args": {}}, "roles.support.default deny"),
    ],
)
def test_what_the_policy_denies_gets_no_permit(asked: dict[str, Any], said: str) -> None:
    """Whatever the gate said: the refusal names rule, bound and value, and nothing is written."""
    plant = plant_under()
    answer = call(plant, 1, verdict="allow", **asked)
    assert answer.startswith("denied: ")
    assert said in answer
    assert not permits(plant)


def test_a_gate_that_judged_by_an_older_policy_is_judged_by_the_one_in_force() -> None:
    """It says the digest it judged by; what counts is the hub's own."""
    plant = plant_under()
    older = digest_of(text_of())
    push(plant, 0x51, text_of(YAML.replace("<= 200", "<= 50")))
    assert "<= 50" in call(plant, 1, args={"amount": 60}, policy=older, verdict="allow")


def test_a_forged_class_lowers_nothing() -> None:
    """A danger tool called a write stays danger for the dial and for conditions; one called a read is a write."""
    asks = YAML.replace("    default: deny", "    default: deny\n    ask_when: {danger: always}")
    plant = plant_under(text_of(asks))
    assert call(plant, 1, tool="send_email", args={}, cls="write", verdict="allow").startswith("ask: ")
    turn(plant, 1, "read-only")
    assert call(plant, 2, cls="read", verdict="allow").startswith("denied: ")
    yaml = YAML.replace("tools:", "tools:\n  mystery: {}", 1).replace("lookup: allow", "mystery: allow")
    loose = plant_under(text_of(yaml))
    assert call(loose, 1, tool="mystery", args={}, cls="read") == "granted"
    turn(loose, 1, "read-only")
    assert call(loose, 2, tool="mystery", args={}, cls="read").startswith("denied: ")
    plain = running()
    turn(plain, 1, "read-only")
    assert call(plain, 1, tool="anything", args={}, cls="read").startswith("denied: ")


def test_counts_of_the_run_are_of_its_permits() -> None:
    """The fourth is refused, in that run only; one that was void before it was given does not count."""
    plant = plant_under(auto=False)
    plant.open(1, 2)
    plant.commit_all()
    assert [_granted(plant, number) for number in (1, 2)] == ["granted", "granted"]
    _ask(plant, 3)
    plant.order(9, "pause", 1)
    plant.commit_all()
    assert [fact.kind for _, fact in plant.disk].count("permit.void") == 1
    plant.order(10, "resume", 1)
    plant.commit_all()
    assert plant.last(1, "granted").req == "ask-1-3"
    _ask(plant, 4)
    assert plant.last(1, "refused").code == "denied"
    assert "3 per run" in plant.last(1, "refused").problem
    assert _granted(plant, 1, run=2) == "granted"


def _ask(plant: Plant, number: int, run: int = 1) -> None:
    text = canonical.encode("refund", {"amount": 20})
    digest = canonical.digest("refund", text)
    ask = AskPermit(
        req=f"ask-{run}-{number}", run=run_id(run), call=f"c-{run}-{number}", tool=Untrusted("refund"),
        cls="write", digest=digest, args=Untrusted(text),
    )  # fmt: skip
    plant.frame(1, ask)


def _granted(plant: Plant, number: int, run: int = 1) -> str:
    _ask(plant, number, run)
    plant.commit_all()
    assert plant.last(1, "granted").req == f"ask-{run}-{number}"
    return "granted"


def test_a_window_counts_all_runs_of_the_role_by_a_clock_of_its_own() -> None:
    """Two in a minute over two runs; wall time may step by ten years either way, and changes nothing."""
    plant = plant_under(BY_MINUTE)
    plant.open(1, 2)
    assert (call(plant, 1), call(plant, 1, run=2)) == ("granted", "granted")
    steps = Stepping(plant)
    for step in (3600, -86_400, 315_360_000, -315_360_000):
        steps.wall = step
        assert "2 per minute" in call(plant, 2 + step % 97)
    plant.wait(58)
    assert call(plant, 200).startswith("denied")
    plant.wait(4)
    assert call(plant, 201) == "granted"


class Stepping:
    """Moves the wall clock of a plant, and nothing else."""

    def __init__(self, plant: Plant) -> None:
        self.wall = 0.0
        steps = self
        made = type(
            "Stepped", (Plant,), {"now": property(lambda me: Moment(me.time, 1.7e9 + me.time + steps.wall))}
        )
        plant.__class__ = made


def test_a_window_goes_on_over_a_restart_whatever_the_wall_clock_says() -> None:
    """What was used today is used after the restart too, also where wall time was set back meanwhile."""
    plant = plant_under(BY_DAY)
    assert (call(plant, 1), call(plant, 2)) == ("granted", "granted")
    Stepping(plant).wall = -315_360_000
    plant.crash()
    plant.hello(1, 1)
    plant.open(1, 1, again=True)
    assert "2 per day" in call(plant, 3)


def test_a_request_is_not_counted_against_itself() -> None:
    """A gate that asks again for the permit it has gets it, where its own use is the last that is allowed."""
    plant = plant_under(text_of(YAML.replace("at_most: 3 per run", "at_most: 1 per run")))
    assert call(plant, 1) == "granted"
    assert call(plant, 1) == "granted"
    assert len(permits(plant)) == 1


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ("stopped", "denied"),
        ("read-only", "denied"),
        ("shadow", "denied"),
        ("ask", "ask"),
        ("auto", "granted"),
    ],
)
def test_the_dial_is_in_force_with_and_without_a_policy(where: str, answer: str) -> None:
    """Of the role, the agent, one tool, or the fleet; the refusal says which dial it was."""
    scopes: list[dict[str, Any]] = [
        {"role": "support"},
        {"agent": "refunds"},
        {"tool": "refund"},
        {"fleet": True},
    ]
    for scope in scopes:
        for plant in (running(), plant_under()):
            turn(plant, 1, where, **scope)
            said = call(plant, 1, verdict="allow")
            assert said.partition(":")[0] == answer
            assert answer == "granted" or f"dial {next(iter(scope))} {where}" in said


def test_a_dial_is_for_its_scope_alone() -> None:
    """Another role, agent or tool goes on."""
    plant = running()
    scopes: list[dict[str, Any]] = [{"role": "x"}, {"agent": "x"}, {"tool": "x"}]
    for number, scope in enumerate(scopes, 1):
        turn(plant, number, "stopped", **scope)
    assert call(plant, 1) == "granted"


def test_a_permit_on_its_way_to_the_disk_is_not_given_where_the_dial_was_lowered() -> None:
    """What was decided before is decided again: the gate gets a refusal, and the record says that it was void."""
    plant = running(auto=False)
    plant.commit_all()
    _ask(plant, 1)
    turn(plant, 1, "stopped")
    plant.commit_all()
    assert (plant.count(1, "granted"), plant.last(1, "refused").code) == (0, "denied")
    assert [fact.kind for _, fact in plant.disk if fact.permit] == ["permit", "permit.void"]


def test_a_permit_that_is_asked_for_again_is_refused_once_the_dial_is_lower() -> None:
    """Its grant was lost with the connection: nothing has started by it, and nothing will."""
    plant = running()
    assert call(plant, 1) == "granted"
    turn(plant, 1, "stopped")
    assert call(plant, 1).startswith("denied: ")
    assert plant.disk[-1][1].kind == "permit.void"


def test_what_waited_for_a_pause_is_judged_by_the_rules_of_its_end() -> None:
    """A request of a paused run that was fine when it came is refused where it is not any more."""
    plant = running()
    plant.order(1, "pause", 1)
    _ask(plant, 1)
    push(plant, 2, text_of(YAML.replace("<= 200", "<= 10")))
    plant.order(3, "resume", 1)
    assert (plant.count(1, "granted"), plant.last(1, "refused").code) == (0, "denied")


def test_the_hub_puts_a_run_on_the_side_that_its_gate_puts_it_on() -> None:
    """The same function of the run's id, the share and the candidate: each is judged by its own side, and says so."""
    plant = plant_under()
    strict = text_of(YAML.replace("<= 200", "<= 10"))
    push(plant, 0x51, strict, share=0.5)
    sides: set[bool] = set()
    for number in range(2, 18):
        plant.open(1, number)
        candidate = staged(run_id(number), 0.5, digest_of(strict))
        sides.add(candidate)
        assert call(plant, 1, run=number).startswith("denied") is candidate
        assert plant.core.judge.policy(plant.core.world.runs[run_id(number)]) == (
            digest_of(strict) if candidate else digest_of(text_of())
        )
    assert sides == {True, False}
    stage(plant, "promote", 0x52, digest=digest_of(strict))
    assert holds(plant) == (2, 0)
    assert call(plant, 2, run=2).startswith("denied")


def test_order_among_calls_is_left_to_the_gate() -> None:
    """The hub sees no reads, so it does not say that the lookup is missing."""
    assert call(plant_under(), 1) == "granted"


def test_a_goal_is_what_the_person_said_when_the_run_began() -> None:
    """A target it names goes on, another is asked about; where the goal is not known here the gate's word stands."""
    asks = YAML.replace("        at_most", "        ask_when: {order: 'not in goal'}\n        at_most")
    plant = plant_under(text_of(asks))
    assert call(plant, 1, args={"amount": 20, "order": "A-1"}) == "granted"
    assert call(plant, 2, args={"amount": 20, "order": "B-2"}).startswith("ask: ")
    plant.crash()
    plant.hello(1, 1)
    plant.join(1, 1, again=True)
    assert call(plant, 3, args={"amount": 20, "order": "B-2"}) == "granted"


def test_a_secret_that_was_taken_out_does_not_break_a_bound() -> None:
    """What the hub cannot see is the gate's to judge; what it can see is judged all the same."""
    yaml = YAML.replace('amount: "> 0, <= 200"', 'amount: "> 0, <= 200", key: "~ ^k-[0-9]+$"')
    plant = plant_under(text_of(yaml))
    hidden = "[secret:0123456789abcdef]"
    assert call(plant, 1, args={"amount": 20, "key": "other"}).startswith("denied")
    assert call(plant, 2, args={"amount": 20, "key": hidden}) == "granted"
    assert call(plant, 3, args={"amount": 900, "key": hidden}).startswith("denied")


def test_arguments_that_are_not_here_are_judged_by_all_else() -> None:
    """Long ones are in the trace: never, the default, counts and the dial hold, bounds of arguments are the gate's."""
    plant = plant_under()
    ref = BodyRef(sha256="ab" * 32, size=70_000, chunks=("cd" * 32,))

    def long(tool: str, number: int) -> str:
        req = f"long-{number}"
        ask = AskPermit(
            req=req, run=run_id(1), call=req, tool=Untrusted(tool), cls="write", digest="ab" * 32, args=ref
        )
        plant.frame(1, ask)
        return next(str(frame.kind) for frame in reversed(plant.sent[1]) if getattr(frame, "req", "") == req)

    assert [long("refund", 1), long("wipe", 2), long("transfer", 3)] == ["granted", "refused", "refused"]


def test_a_policy_this_hub_cannot_read_lets_nothing_through() -> None:
    """It may be one of a newer hub: every permit is refused, and the reason is said."""
    plant = plant_under('{"version":1,"roles":{},"newer":true}')
    assert "cannot be read by this hub" in call(plant, 1)


def test_the_hubs_own_canary_stands_outside_of_policy_and_dial() -> None:
    """It proves the brake, also while nothing else may start."""
    plant = plant_under()
    turn(plant, 1, "stopped", fleet=True)
    plant.hello(7, 7, own=True)
    plant.open(7, 70, agent="interlock-canary", role="interlock-canary")
    text = canonical.encode("tick", {})
    digest = canonical.digest("tick", text)
    ask = AskPermit(
        req="a",
        run=run_id(70),
        call="a",
        tool=Untrusted("tick"),
        cls="write",
        digest=digest,
        args=Untrusted(text),
    )
    plant.frame(7, ask)
    assert plant.last(7, "granted").req == "a"


def test_bounds_that_a_call_is_near_are_named() -> None:
    """From 80 % of a limit on, and the last calls of a run; nothing where there is nothing near."""
    plant = plant_under()
    run = plant.core.world.runs[run_id(1)]

    def near(amount: float) -> list[str]:
        text = canonical.encode("refund", {"amount": amount})
        ask = AskPermit(
            req="n", run=run_id(1), call="n", tool=Untrusted("refund"), cls="write", digest="ab" * 32,
            args=Untrusted(text),
        )  # fmt: skip
        return [f"{bound} {value}" for _, bound, value in plant.core.judge.near(run, ask)]

    assert near(20) == []
    assert near(180) == ["> 0, <= 200 180"]
    call(plant, 1)
    call(plant, 2)
    assert near(20) == ["3 per run this is call 3"]


def test_a_tally_is_bounded_and_the_same_over_the_record() -> None:
    """Names that agents make up push out what was not used for longest; live and folded count alike."""
    tally = Tally()
    for number in range(TOOLS_MAX + 5):
        tally.note("r", f"t{number}", 100.0 + number)
    assert len(tally.tools("r")) == TOOLS_MAX
    assert (tally.within("r", "t0", 60, 700.0), tally.within("r", f"t{TOOLS_MAX}", 3600, 700.0)) == (0, 1)
    assert Tally.read(tally.plain()) == tally
    plant = plant_under()
    call(plant, 1)
    assert folded(plant.disk, plant.now).tally == plant.core.world.tally
