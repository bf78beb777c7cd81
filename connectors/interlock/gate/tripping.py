"""Says on each new connection which breakers of this gate hold calls back: a hub that just started knows of none."""

from interlock.breakers import TRIPPED_MAX, Breakers, Tripped
from interlock.clock import boot
from interlock.gate.breaker import Breakers as Held
from interlock.link import Link
from interlock.text import Untrusted

__all__ = ["tell_tripped"]

_SHORT = 512


def tell_tripped(link: Link, breakers: Held) -> None:
    """Tell the hub which of these are not closed; nothing where there never was one. In the link's thread."""
    if not breakers.count:
        return
    now, clean = boot(), link.scribe.clean
    told: list[Tripped] = []
    for tool, endpoint, breaker in breakers.tripped()[:TRIPPED_MAX]:
        # Read once: a call in another thread may close it meanwhile.
        state = breaker.state
        if state != "closed":
            told.append(
                Tripped(
                    tool=Untrusted(clean(tool)[:_SHORT]),
                    endpoint=Untrusted(clean(endpoint)[:_SHORT]),
                    state=state,
                    for_ms=max(0.0, breaker.until - now) * 1000 if state == "open" else 0.0,
                    since_ms=max(0.0, now - breaker.since) * 1000,
                )
            )
    link.say(Breakers(tripped=tuple(told)))
