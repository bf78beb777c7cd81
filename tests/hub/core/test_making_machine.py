"""Making good under every order of crash and answer: each effect is made good once, and what is said of it is true."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from interlock.hub.core.image import dump, load
from interlock.jobs import Did, Do
from tests.hub.core.control import folded
from tests.hub.core.makers import Office, begin, effects
from tests.hub.core.plant import Plant, run_id, running

pytestmark = pytest.mark.pure

picks = st.integers(min_value=0, max_value=10_000)
outcomes = st.sampled_from(["done", "done", "failed", "unknown"])


class Process(Office):
    """A host that keeps what a real gate keeps: outcomes until they are on disk, jobs until it dies."""

    def __init__(self, plant: Plant, gate: int, acts: list[tuple[str, str]]) -> None:
        super().__init__(plant, gate)
        self.acts = acts
        self.granted: dict[str, str] = {}
        """Job -> its permit, while the call is in the air."""
        self.outcomes: dict[str, tuple[int, str]] = {}

    def connect(self) -> None:
        super().connect()
        for permit, (run, outcome) in self.outcomes.items():
            self.plant.outcome(self.conn, run, permit, "c1", outcome)

    def step(self, pick: int) -> None:
        """Take one step with one of its jobs: make it a run, ask for its permit, or act and end."""
        self.read()
        open_ = [job for job in self.jobs if job not in self.ended]
        if not open_ or not self.conn:
            return
        job = open_[pick % len(open_)]
        if job not in self.working:
            self.start(job)
        elif self.plant.core.world.runs[run_id(self.working[job])].kill is not None:
            self.end(job, "refused")
        elif job not in self.granted:
            permit = self.ask(job)
            if permit:
                self.granted[job] = permit

    def finish(self, pick: int, outcome: str) -> None:
        """End a call that is in the air, connected or not: it acted, it failed, or nobody knows."""
        if self.granted:
            job = list(self.granted)[pick % len(self.granted)]
            permit = self.granted.pop(job)
            self.outcomes[permit] = self.working[job], outcome
            if outcome == "done" or (outcome == "unknown" and pick % 2):
                self.acts.append((self.jobs[job].key, job))
            if self.conn:
                self.plant.outcome(self.conn, self.working[job], permit, "c1", outcome)
            self.end(job, outcome)

    def end(self, job: str, outcome: Any) -> None:
        self.working.pop(job)
        self.ended[job] = Did(job=job, outcome=outcome)
        if self.conn:
            self.plant.frame(self.conn, self.ended[job])


class Making(RuleBasedStateMachine):
    """One run with three effects, two hosts, and a hub that dies whenever it likes."""

    @initialize()
    def born(self) -> None:
        self.plant = running()
        self.found = effects(self.plant, "done", "done", "done")
        self.acts: list[tuple[str, str]] = []
        self.hosts = [Process(self.plant, gate, self.acts) for gate in (10, 20)]
        self.gates, self.begun = 30, 0
        self.hosts[0].connect()
        self.begin(3)

    def _host(self, pick: int) -> Process:
        return self.hosts[pick % len(self.hosts)]

    @rule(pick=picks)
    def connect(self, pick: int) -> None:
        host = self._host(pick)
        if not host.conn:
            host.connect()

    @rule(pick=picks)
    def cut(self, pick: int) -> None:
        host = self._host(pick)
        if host.conn:
            host.cut()

    @rule(pick=picks)
    def die(self, pick: int) -> None:
        host = self._host(pick)
        if host.conn:
            host.cut()
        self.plant.gone(host.gate)
        self.gates += 1
        self.hosts[pick % len(self.hosts)] = Process(self.plant, self.gates, self.acts)

    @rule(pick=picks, steps=st.integers(min_value=1, max_value=4))
    def work(self, pick: int, steps: int) -> None:
        host = self._host(pick)
        if not host.conn and pick % 3:
            host.connect()
        for _ in range(steps):
            host.step(pick // 2)

    @rule(pick=picks, steps=st.integers(min_value=0, max_value=4), outcome=outcomes)
    def finish(self, pick: int, steps: int, outcome: str) -> None:
        for host in self.hosts:
            if steps and not host.conn:
                host.connect()
            for _ in range(steps):
                host.step(pick // 2)
            host.finish(pick // 2, outcome)

    @precondition(lambda self: self.begun < 6)
    @rule(count=st.integers(min_value=1, max_value=3))
    def begin(self, count: int) -> None:
        self.begun += 1
        begin(self.plant, self.found[:count], name=f"m-{self.begun:016x}")

    @rule(pick=picks)
    def stop(self, pick: int) -> None:
        names, core = list(self.plant.core.world.making.plans), self.plant.core
        if names:
            name, request = names[pick % len(names)], next(self.plant.numbers)
            self.plant.take(core.hand(lambda: core.makings.stop(request, name, "ann", "no"), self.plant.now))

    @rule(pick=picks)
    def mark(self, pick: int) -> None:
        """Say truly what became of something unknown."""
        core = self.plant.core
        unknowns = list(core.world.making.unknowns)
        if not unknowns:
            return
        permit, request = unknowns[pick % len(unknowns)], next(self.plant.numbers)
        job = core.world.making.runs.get(core.world.making.unknowns[permit].run, "")
        outcome = "done" if any(acted == job for _, acted in self.acts) else "failed"
        # Only once its host cannot act any more.
        if not any(job in host.granted for host in self.hosts):
            self.plant.take(
                core.hand(
                    lambda: core.unknowns.mark(request, permit, outcome, "ann", "looked"), self.plant.now
                )
            )

    @rule()
    def crash(self) -> None:
        for host in self.hosts:
            host.conn = 0
        self.plant.crash()

    @rule()
    def toggle(self) -> None:
        self.plant.auto = not self.plant.auto
        if self.plant.auto:
            self.plant.commit_all()

    @rule(seconds=st.sampled_from([1.0, 20.0]))
    def wait(self, seconds: float) -> None:
        self.plant.wait(seconds)

    @invariant()
    def every_effect_is_made_good_once(self) -> None:
        keys = [key for key, _ in self.acts] if hasattr(self, "acts") else []
        assert len(keys) == len(set(keys))

    @invariant()
    def what_is_said_is_true(self) -> None:
        plans = self.plant.core.world.making.plans if hasattr(self, "plant") else {}
        keys = {key for key, _ in self.acts} if plans else set()
        for plan in plans.values():
            for step in plan.steps:
                assert step.progress != "done" or step.key in keys
                assert step.progress not in ("failed", "refused", "skipped", "not reached") or not any(
                    key == step.key and job == step.job for key, job in self.acts
                )

    @invariant()
    def nothing_is_sent_that_is_not_on_disk(self) -> None:
        if not hasattr(self, "plant"):
            return
        kept = {fact.body["job"] for _, fact in self.plant.disk if fact.kind == "step" and fact.body["job"]}
        sent = {frame.job for frames in self.plant.sent.values() for frame in frames if isinstance(frame, Do)}
        assert sent <= kept

    @invariant()
    def an_image_has_all_of_it(self) -> None:
        if hasattr(self, "plant"):
            world = folded(self.plant.disk, self.plant.now)
            assert load(dump(world), self.plant.now).making == world.making


def test_effects_are_made_good_once_whoever_dies_when() -> None:
    """Over random lives of two hosts and a hub nothing happens twice, and every receipt says what happened."""
    run_state_machine_as_test(
        Making, settings=settings(max_examples=12, stateful_step_count=40, deadline=None)
    )


@pytest.mark.rig
@pytest.mark.timeout(900)
def test_effects_are_made_good_once_over_long_lives() -> None:
    """The same over many more and longer lives."""
    run_state_machine_as_test(
        Making, settings=settings(max_examples=1500, stateful_step_count=80, deadline=None)
    )
