"""What a start takes from the stores: the record folded, and the trace made to agree with it."""

import logging

from interlock import ids
from interlock.events import RunLost
from interlock.hub.core.core import Core
from interlock.hub.core.effects import Effect, Moment, Tell
from interlock.hub.server.store import Store
from interlock.hub.version import code
from interlock.runs import RunState

__all__ = ["recovered"]

_log = logging.getLogger("interlock.hub")


def recovered(core: Core, store: Store, now: Moment) -> list[Effect]:
    """Let a new core take in both stores; return what is to be done, before the first connection."""
    states = {state.run: state for state in store.trace.all_states()}
    image, problems = store.record.image(code())
    for problem in problems:
        _log.warning("an image of the world is not used, so that the start takes longer: %s", problem)
    if image is not None:
        _log.info("the record is read from the image of entry %d on", image.place.n)
    facts = store.record.facts(image.place) if image is not None else store.record.facts()
    from_record = core.recover(facts, now, image.world if image is not None else None, store.pending.load())
    store.pending.only(core.approvals.names())
    from_trace = core.reconcile(states.values(), now)
    again = {effect for effect in from_trace if isinstance(effect, Tell)}
    # Behind everything that is told of the past: a pause of the fleet reaches what came out of it.
    announced = store.record.announcement()
    from_start = core.take_up(ids.new_order(), [announced] if announced is not None else [], now)
    kept = [effect for effect in from_record if not _forgotten(core, effect)]
    return [effect for effect in kept if _news(effect, states, again)] + from_trace + from_start


def _forgotten(core: Core, effect: Effect) -> bool:
    """Return whether this is about a run of the hub's own, so old that core and trace have let it go."""
    return isinstance(effect, Tell) and effect.run not in core.world.runs


def _news(effect: Effect, states: dict[str, RunState], again: set[Tell]) -> bool:
    """Return whether this is to be done: what the trace shows already, or is told in its place later, is not."""
    if not isinstance(effect, Tell):
        return True
    state = states.get(effect.run)
    if isinstance(effect.event, RunLost) and state is not None and state.phase != "running":
        return False
    return effect not in again
