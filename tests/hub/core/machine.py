"""A random life of a hub and its agents, with what must be true after every step of it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from interlock.hub.core.effects import Reply
from interlock.hub.core.scope import Scope
from tests.hub.core.agent import Agent
from tests.hub.core.control import control, folded
from tests.hub.core.plant import Plant, number_of, order_id, run_id

AGENTS = 3
picks = st.integers(min_value=0, max_value=11)
roles = st.sampled_from(["support", "billing"])
scopes = st.sampled_from([Scope("role", "support"), Scope("role", "billing"), Scope("fleet")])
verbs = st.sampled_from(["pause", "resume", "kill", "pause", "resume", "cancel"])


class Life(RuleBasedStateMachine):
    """Agents that obey the protocol, a disk that is late, cut connections, dead processes and a hub that crashes."""

    def __init__(self) -> None:
        super().__init__()
        self.plant = Plant(auto=False)
        self.agents = [Agent(self.plant, number) for number in range(1, AGENTS + 1)]
        self.born = 0
        self.orders = 0
        self.seen = 0
        self.promised: dict[tuple[str, str], str] = {}
        """Receipts that were answered to an operator: order and run -> verb."""
        self.stood: dict[str, int] = {}
        """Orders by scope that were given to the hub, and how many runs there were when one was answered, or -1."""
        self.asked_to_lift: set[str] = set()
        self.still: set[str] = set()
        """Runs some receipt called confirmed."""

    @initialize()
    def start(self) -> None:
        for agent in self.agents:
            agent.connect()
            self._enter(agent)
        self.plant.commit_all()

    # what agents do

    def _agent(self, pick: int, *, connected: bool = True) -> Agent | None:
        found = [agent for agent in self.agents if agent.alive and bool(agent.conn) == connected]
        return found[pick % len(found)] if found else None

    def _enter(self, agent: Agent, parent: int | None = None, role: str = "support") -> None:
        self.born += 1
        agent.enter(self.born, parent=parent, role=role)

    @rule(pick=picks, under=picks, role=roles)
    def open(self, pick: int, under: int, role: str) -> None:
        agent = self._agent(pick)
        if agent is not None and self.born < 8:
            known = list(self.plant.core.world.runs)
            self._enter(agent, number_of(known[under % len(known)]) if known and under % 3 else None, role)

    @rule(pick=picks, which=picks)
    def join(self, pick: int, which: int) -> None:
        agent = self._agent(pick)
        run = which % self.born + 1
        if agent is not None and run_id(run) not in agent.runs:
            agent.enter(run, join=True)

    @rule(pick=picks, limit=st.sampled_from([1, 2, 1000]))
    def read(self, pick: int, limit: int) -> None:
        agent = self._agent(pick)
        if agent is not None:
            agent.read(limit)

    @rule(pick=picks, which=picks)
    def ask(self, pick: int, which: int) -> None:
        agent = self._agent(pick)
        if agent is not None and agent.runs:
            agent.ask(list(agent.runs)[which % len(agent.runs)])

    @rule(pick=picks, which=picks, calls=st.integers(min_value=1, max_value=3))
    def work(self, pick: int, which: int, calls: int) -> None:
        """Let everything that is on its way arrive, and start calls."""
        self.plant.commit_all()
        for agent in self.agents:
            if agent.conn:
                agent.beat()
            agent.read()
        for _ in range(calls):
            self.ask(pick, which)
        self.plant.commit_all()
        for agent in self.agents:
            agent.read()

    @rule(pick=picks, connected=st.booleans(), report=st.booleans())
    def end_call(self, pick: int, connected: bool, report: bool) -> None:
        agent = self._agent(pick, connected=connected)
        busy = [name for name, mine in agent.runs.items() if mine.flying] if agent is not None else []
        if agent is not None and busy:
            agent.end(busy[pick % len(busy)], report=report)

    @rule(pick=picks)
    def beat(self, pick: int) -> None:
        agent = self._agent(pick)
        if agent is not None:
            agent.beat()

    @rule(pick=picks, which=picks)
    def leave(self, pick: int, which: int) -> None:
        agent = self._agent(pick)
        idle = [name for name, mine in agent.runs.items() if mine.may_leave()] if agent is not None else []
        if agent is not None and idle:
            agent.leave(idle[which % len(idle)])

    @rule(which=picks, really=picks)
    def finish(self, which: int, really: int) -> None:
        if really % 3:
            return
        self.plant.finished(which % self.born + 1)

    @rule(pick=picks)
    def cut(self, pick: int) -> None:
        agent = self._agent(pick)
        if agent is not None:
            agent.cut()

    @rule(pick=picks)
    def reconnect(self, pick: int) -> None:
        agent = self._agent(pick, connected=False)
        if agent is not None:
            agent.connect()

    @precondition(lambda self: sum(agent.alive for agent in self.agents) > 1)
    @rule(pick=picks, really=picks)
    def die(self, pick: int, really: int) -> None:
        agent = self._agent(pick)
        if agent is not None and really % 3 == 0:
            agent.die()

    @rule()
    def look(self) -> None:
        for agent in self.agents:
            if not agent.alive:
                self.plant.gone(agent.number)

    # what operators, the disk and time do

    @rule(verb=verbs, which=picks, more=picks)
    def order(self, verb: Any, which: int, more: int) -> None:
        self.orders += 1
        runs = sorted({which % self.born + 1, more % self.born + 1})
        self.plant.order(self.orders, verb, *runs)

    @rule(verb=verbs, scope=scopes, partial=st.booleans())
    def order_by_scope(self, verb: Any, scope: Scope, partial: bool) -> None:
        self.orders += 1
        self.plant.order(self.orders, verb, scope=scope, partial=partial)
        if verb != "resume":
            self.stood[order_id(self.orders)] = -1

    @precondition(lambda self: self.stood)
    @rule(pick=picks)
    def lift(self, pick: int) -> None:
        self.orders += 1
        order = list(self.stood)[pick % len(self.stood)]
        self.plant.lift(number_of(order), self.orders)
        self.asked_to_lift.add(order)

    @precondition(lambda self: self.plant.queue)
    @rule()
    def commit(self) -> None:
        self.plant.commit()

    @rule()
    def commit_all(self) -> None:
        self.plant.commit_all()

    @rule(seconds=st.sampled_from([0.1, 1.0, 7.0]))
    def wait(self, seconds: float) -> None:
        self.plant.wait(seconds)

    @rule(pick=picks)
    def crash(self, pick: int) -> None:
        if pick % 3:
            return
        for agent in self.agents:
            agent.conn = 0
        self.plant.crash()

    # what must be true

    @invariant()
    def permits_are_on_disk_and_their_run_runs(self) -> None:
        for permit, standing in self.plant.granted:
            assert standing == "running", permit
        self.plant.granted.clear()

    @invariant()
    def receipts_that_were_answered_are_noted(self) -> None:
        for effect in self.plant.log[self.seen :]:
            if isinstance(effect, Reply) and self.stood.get(effect.order) == -1:
                self.stood[effect.order] = self.born
            for order, run in effect.receipts if isinstance(effect, Reply) else ():
                self.promised[order, run] = self.plant.core.world.orders[order][run].verb
        self.seen = len(self.plant.log)

    @invariant()
    def what_was_promised_holds(self) -> None:
        runs = self.plant.core.world.runs
        for (order, run), verb in self.promised.items():
            assert (verb != "kill") or runs[run].kill is not None
            assert order in runs[run].orders

    @invariant()
    def a_standing_order_that_was_answered_holds_for_every_later_run(self) -> None:
        """Until somebody asks to lift it. A run that was resumed by name, and what is below it, is let go by that."""
        world = self.plant.core.world
        for order, born in self.stood.items():
            if born == -1 or order in self.asked_to_lift:
                continue
            given = world.standing[order]
            for name, run in world.runs.items():
                if number_of(name) > born and given.within(run):
                    assert run.kill or given.verb != "kill", (order, name)
                    assert run.stop() or run.over() or run.resume or given.verb != "pause", (order, name)

    @invariant()
    def nobody_stands_under_a_lifted_pause(self) -> None:
        world = self.plant.core.world
        if not self.plant.queue:
            for name, run in world.runs.items():
                assert run.pause is None or world.given[run.pause.order].lifted is None, name

    @invariant()
    def descendants_of_a_killed_run_are_killed(self) -> None:
        world = self.plant.core.world
        for name, run in world.runs.items():
            if run.kill is not None:
                assert all(world.runs[child].kill or world.runs[child].over() for child in world.below(name))

    @invariant()
    def a_confirmed_run_stands_still(self) -> None:
        world = self.plant.core.world
        for order, cases in world.orders.items():
            for name, case in cases.items():
                if case.verb == "kill" and "confirmed" in [
                    s.stage for s in self._receipt(order, name).stages
                ]:
                    self.still.add(name)
        for agent in self.agents:
            for name in self.still & agent.runs.keys():
                mine = agent.runs[name]
                assert not mine.flying, "a call is in flight after confirmed"
                assert mine.state in ("killed", "new"), "a gate can start calls after confirmed"

    def _receipt(self, order: str, name: str) -> Any:
        return self.plant.core.receipts([(order, name)])[0]

    @invariant()
    def a_presumed_run_starts_nothing(self) -> None:
        world = self.plant.core.world
        for name, run in world.runs.items():
            if run.kill is None or "presumed" not in run.kill.stages:
                continue
            for agent in self.agents:
                mine = agent.runs.get(name)
                if mine is not None and mine.state == "running":
                    assert agent.lease_until <= self.plant.time, "a lease outlives presumed"
                    assert not agent.could_start(mine), "a permit outlives presumed"

    @invariant()
    def the_record_gives_the_same_world(self) -> None:
        if not self.plant.queue:
            again = folded(self.plant.disk, self.plant.now)
            assert control(again) == control(self.plant.core.world)

    def teardown(self) -> None:
        """Bring everybody back and let every call end: every stop must then be confirmed, every pause drained."""
        for _ in range(6):
            self.plant.commit_all()
            for agent in self.agents:
                if not agent.alive:
                    self.plant.gone(agent.number)
                    continue
                if not agent.conn:
                    agent.connect()
                self.plant.commit_all()
                agent.beat()
                agent.read()
                for name in [name for name, mine in agent.runs.items() if mine.flying]:
                    while agent.runs[name].flying:
                        agent.end(name)
                agent.report()
            self.plant.wait(1.0)
        for order, name in list(self.plant.core.world.open_cases):
            case = self.plant.core.world.orders[order][name]
            assert case.verb not in ("kill", "pause"), self._receipt(order, name)
