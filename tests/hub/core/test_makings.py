"""Plans carried out: on disk first, one step after the other, each effect once, whoever dies in between."""

from __future__ import annotations

import pytest

from interlock import canonical
from interlock.hub.core.making import Way
from interlock.hub.core.planned import planned
from interlock.hub.core.planning import Seen
from interlock.jobs import Did, Do
from interlock.runs import RunState
from interlock.text import Untrusted
from interlock.wire import AskPermit
from tests.hub.core.makers import Office, begin, effects, made, office, progress, steps
from tests.hub.core.office import office as people
from tests.hub.core.plant import Plant, run_id, running

pytestmark = pytest.mark.pure


def sent(plant: Plant) -> list[Do]:
    """Return every job that went out on any connection."""
    return [frame for frames in plant.sent.values() for frame in frames if isinstance(frame, Do)]


def test_steps_go_one_after_the_other_and_each_has_its_receipt() -> None:
    """The next step is sent once the one before it is done, the newest effect first, and then the plan is done."""
    plant, host, found = _ready("done", "done")
    request = begin(plant, found)
    assert plant.replies[request].order == made(plant).plan
    assert progress(plant) == ["sent", "waiting"]
    host.do()
    assert progress(plant) == ["done", "sent"]
    host.do()
    assert progress(plant) == ["done", "done"]
    assert made(plant).state == "done"
    assert [frame.key for frame in sent(plant)] == [step.key for step in made(plant).steps]
    assert all(step.permits and step.result == '{"ok":1}' for step in made(plant).steps)
    assert plant.kinds(1).count("compensation.planned") == 1
    assert plant.kinds(1).count("compensation.ended") == 1


def test_nothing_is_sent_before_it_is_on_disk() -> None:
    """Neither the plan nor a step of it goes out while its entry of the record is on its way."""
    plant, _, found = _ready("done")
    plant.auto = False
    request = begin(plant, found)
    assert not sent(plant)
    assert request not in plant.replies
    plant.commit()
    assert plant.disk[-1][1].kind == "compensation"
    assert not sent(plant)
    assert request in plant.replies
    plant.commit()
    assert plant.disk[-1][1].kind == "step"
    assert len(sent(plant)) == 1


def test_a_plan_that_could_not_be_written_begins_nothing() -> None:
    """Once the disk takes it after all, the plan is stopped together with it."""
    plant, _, found = _ready("done")
    plant.auto = False
    begin(plant, found)
    plant.take(plant.core.rights_unwritten(plant.now))
    plant.commit_all()
    assert not sent(plant)
    assert made(plant).state == "stopped"
    assert steps(plant, found)[0].state == "ready"


@pytest.mark.parametrize(("proof", "shown", "code"), [("0000x", "", "proof"), (None, "0" * 64, "digest")])
def test_a_plan_needs_the_digest_it_was_shown_with(proof: str | None, shown: str, code: str) -> None:
    """Without the right digest and its end nothing is written and nothing is sent."""
    plant, _, found = _ready("done")
    before = len(plant.disk)
    request = begin(plant, found, proof=proof, shown=shown)
    refusal = plant.replies[request].refusal
    assert refusal is not None
    assert (refusal.code, len(plant.disk), sent(plant)) == (code, before, [])


def test_what_is_unknown_is_reconciled_before_a_plan_runs() -> None:
    """A plan with an effect nobody knows the outcome of is refused, and one without it is not."""
    plant, _, found = _ready("done", "unknown")
    refusal = plant.replies[begin(plant, found)].refusal
    assert refusal is not None
    assert refusal.code == "unknown_first"
    assert plant.replies[begin(plant, found[:1])].refusal is None


@pytest.mark.parametrize("outcome", ["failed", "unknown"])
def test_a_step_that_is_not_done_stops_the_plan(outcome: str) -> None:
    """A failure or an unknown outcome ends the plan there, says where, and sends nothing more."""
    plant, host, found = _ready("done", "done")
    begin(plant, found)
    host.do(outcome)
    plant.wait(30)
    assert progress(plant) == [outcome, "not reached"]
    assert made(plant).state == outcome
    assert made(plant).why.startswith("step 1 of 2 (cancel for ")
    assert len(sent(plant)) == 1


def test_one_permit_is_made_good_once() -> None:
    """A second plan over an effect that is made good, or about to be, is refused."""
    plant, host, found = _ready("done")
    begin(plant, found)
    refusal = plant.replies[begin(plant, found, name="m-00000000000000f2")].refusal
    assert refusal is not None
    assert refusal.code == "running"
    host.do()
    assert steps(plant, found)[0].state == "done"
    refusal = plant.replies[begin(plant, found, name="m-00000000000000f2")].refusal
    assert refusal is not None
    assert refusal.code == "nothing"
    assert len(sent(plant)) == 1


def test_what_failed_may_be_tried_again_under_the_same_key() -> None:
    """After a failure another plan sends another job, and what goes downstream is known by the same key."""
    plant, host, found = _ready("done")
    begin(plant, found)
    host.do("failed")
    assert steps(plant, found)[0].state == "failed"
    begin(plant, found, name="m-00000000000000f2")
    host.do()
    jobs = sent(plant)
    assert len({frame.job for frame in jobs}) == 2
    assert len({frame.key for frame in jobs}) == 1


def test_what_a_host_says_is_no_effect() -> None:
    """A host that says done without a permit of that run, as a shadowed role does, has made nothing good."""
    plant, host, found = _ready("done")
    begin(plant, found)
    job = host.job()
    host.start(job)
    host.say(job)
    assert progress(plant) == ["failed"]
    assert "no permit of that run was used" in made(plant).steps[0].problem


@pytest.mark.parametrize(
    ("args", "runs"),
    [
        ('{"refund":1}', True),
        ('{"note":"by default","refund":1}', True),
        ('{"note":"by somebody","refund":1}', False),
        ('{"amount":1000,"refund":1}', False),
        ('{"refund":2}', False),
        ('{"refund":1.0}', False),
        ('{"note":"by default"}', False),
        ("{}", False),
    ],
)
def test_only_the_call_that_the_plan_names_is_let_through(args: str, *, runs: bool) -> None:
    """Other arguments than the plan's and the tool's own defaults get no permit, and so there is nothing to regret."""
    plant, host, found = _ready("done")
    begin(plant, found)
    job = host.job()
    host.start(job)
    permit = host.ask(job, args)
    assert bool(permit) is runs
    if not runs:
        refused = plant.last(host.conn, "refused")
        assert (refused.code, "the job's plan names other arguments" in refused.problem) == ("denied", True)
    host.say(job, permit, "done" if runs else "refused", error=None if runs else "the hub said no")
    assert progress(plant) == ["done" if runs else "refused"]
    host.conn = 0
    plant.crash()
    assert [fact.kind for _, fact in plant.disk if fact.run == run_id(host.gate * 1000 + 1)].count(
        "permit"
    ) == runs
    assert steps(plant, found)[0].state == ("done" if runs else "failed")


def test_what_a_person_edited_runs_and_makes_nothing_good() -> None:
    """A person may decide on other arguments than the plan's; the step failed then, and says which permit that was."""
    plant = people()
    host, found = office(plant), effects(plant, "done")
    begin(plant, found)
    job = host.job()
    run, want = host.start(job), host.jobs[job].args.raw
    asked = {"tool": Untrusted("cancel"), "digest": canonical.digest("cancel", want)}
    known = plant.waits("c1", conn=host.conn, run=run, args=want, **asked)
    assert plant.approve("ann", known, args='{"refund":2}') is None
    plant.comes(known, conn=host.conn)
    permit = plant.last(host.conn, "granted").permit
    host.say(job, permit)
    assert progress(plant) == ["failed"]
    assert permit in made(plant).steps[0].problem
    host.conn = 0
    plant.crash()
    assert made(plant).steps[0].strays == [permit]
    assert steps(plant, found)[0].state == "failed"


@pytest.mark.parametrize(
    ("args", "digest", "same"),
    [
        ('{"order":"A-1"}', "", True),
        ('{"by":"office","order":"A-1"}', "", True),
        ('{"by":"somebody","order":"A-1"}', "", False),
        ('{"amount":5,"order":"B-2"}', "", False),
        ('{"by":"office"}', "", False),
        ("{}", "", False),
        ('{"order":"A-1"}', "0" * 64, False),
        ("[]", "", False),
    ],
)
def test_a_tool_may_leave_out_what_it_does_not_take(args: str, digest: str, *, same: bool) -> None:
    """Of a call that is handed on as it fits, some of the arguments are there, and those unchanged."""
    way = Way("cancel", '{"amount":5,"order":"A-1"}', "write", fits=True)
    ask = AskPermit(
        req="a", run=run_id(1), call="c1", tool=Untrusted("cancel"), cls="write",
        digest=digest or canonical.digest("cancel", args), args=Untrusted(args),
    )  # fmt: skip
    assert planned(way, ask, '{"by":"office"}') is same


def test_a_plan_waits_for_a_host_and_can_be_stopped() -> None:
    """Without a process that offers the tool nothing happens, and a stopped plan sends nothing to one that comes."""
    plant = running()
    begin(plant, effects(plant, "done"))
    plant.wait(60)
    assert progress(plant) == ["waiting"]
    request, core = next(plant.numbers), plant.core
    plant.take(core.hand(lambda: core.makings.stop(request, made(plant).plan, "ann", "no"), plant.now))
    assert plant.replies[request].refusal is None
    office(plant)
    plant.wait(60)
    assert not sent(plant)
    assert progress(plant) == ["not reached"]


def test_a_host_that_went_away_before_it_began_is_replaced_and_may_not_act() -> None:
    """Another host gets the step as another job, and the run that the first one makes of the old job is killed."""
    plant, first, found = _ready("done")
    begin(plant, found)
    old = first.job()
    first.cut()
    second = office(plant, 10)
    plant.wait(20)
    second.do()
    assert progress(plant) == ["done"]
    first.connect()
    run = first.start(old)
    assert plant.core.world.runs[run_id(run)].kill is not None
    assert first.ask(old) == ""
    assert len(second.acted) == 1


def test_a_host_that_died_in_the_middle_leaves_an_unknown_that_nothing_repeats() -> None:
    """Its permit is unknown and in the inbox, the plan stops there, and no other host is asked."""
    plant, first, found = _ready("done")
    begin(plant, found)
    job = first.job()
    first.start(job)
    permit = first.ask(job)
    first.cut()
    office(plant, 10)
    plant.gone(first.gate)
    plant.wait(60)
    assert progress(plant) == ["unknown"]
    assert list(plant.core.world.making.unknowns) == [permit]
    assert len(sent(plant)) == 1
    assert steps(plant, found)[0].state == "unknown first"


def test_a_host_that_is_away_in_the_middle_is_waited_for() -> None:
    """A job that has begun is nobody else's, however long its host is away; back again, it ends it."""
    plant, first, found = _ready("done")
    begin(plant, found)
    job = first.job()
    first.start(job)
    permit = first.ask(job)
    first.cut()
    office(plant, 10)
    plant.wait(120)
    assert progress(plant) == ["doing"]
    assert len(sent(plant)) == 1
    first.connect()
    first.act(job)
    first.say(job, permit)
    assert progress(plant) == ["done"]


def test_a_step_goes_over_a_new_connection_only_once_it_is_on_disk() -> None:
    """A host that comes back while the step is being written is not asked before it is."""
    plant, host, found = _ready("done")
    plant.auto = False
    begin(plant, found)
    plant.commit()
    host.cut()
    host.connect()
    assert not sent(plant)
    plant.commit_all()
    assert {frame.job for frame in sent(plant)} == {made(plant).steps[0].job}


def test_a_hub_that_starts_again_asks_the_same_host_for_the_same_job() -> None:
    """After a crash between any two entries the plan goes on where it was, under the same job and key."""
    plant, host, found = _ready("done", "done")
    begin(plant, found)
    job = host.job()
    host.start(job)
    permit = host.ask(job)
    host.conn = 0
    plant.crash()
    host.connect()
    assert host.job() == job
    host.act(job)
    host.say(job, permit)
    assert progress(plant) == ["done", "sent"]
    host.do()
    assert made(plant).state == "done"
    assert len(set(host.acted)) == len(host.acted) == 2


def test_a_late_outcome_is_written_to_the_receipt() -> None:
    """What was unknown and turns out to be done is shown as done, late; the plan stays where it ended."""
    plant, host, found = _ready("done", "done")
    begin(plant, found)
    job = host.job()
    run = host.start(job)
    permit = host.ask(job)
    host.say(job, permit, "unknown")
    assert progress(plant) == ["unknown", "not reached"]
    plant.outcome(host.conn, run, permit, "c1", "done")
    assert progress(plant) == ["done", "not reached"]
    assert made(plant).steps[0].late
    assert made(plant).state == "unknown"
    assert not plant.core.world.making.unknowns


def test_what_was_found_out_is_told_to_a_trace_that_missed_it() -> None:
    """A hub that died between the record and the trace tells the run after its start, once."""
    plant, _, found = _ready("unknown")
    request, core = next(plant.numbers), plant.core
    plant.take(
        core.hand(lambda: core.unknowns.mark(request, found[0].permit, "done", "ann", "seen"), plant.now)
    )
    assert plant.replies[request].refusal is None
    assert plant.kinds(1).count("outcome.reconciled") == 1
    assert steps(plant, found)[0].state == "ready"
    plant.crash()
    plant.told.clear()
    state = RunState(run_id(1), unknown={found[0].call: Untrusted("refund")})
    plant.take(plant.core.reconcile([state], plant.now))
    assert plant.kinds(1).count("outcome.reconciled") == 1
    plant.told.clear()
    plant.take(plant.core.reconcile([RunState(run_id(1))], plant.now))
    assert "outcome.reconciled" not in plant.kinds(1)


def test_did_without_doing_is_no_success() -> None:
    """A job that never was a run has had no permit: done is not believed."""
    plant, host, found = _ready("done")
    begin(plant, found)
    plant.frame(host.conn, Did(job=host.job(), outcome="done", result=Untrusted("1")))
    assert progress(plant) == ["failed"]


def _ready(*outcomes: str) -> tuple[Plant, Office, list[Seen]]:
    """Return a plant whose run 1 had these effects, a host that is connected, and the effects."""
    plant = running()
    found = effects(plant, *outcomes)
    return plant, office(plant), found
