"""K4 in full: a kill from the keyboard of a real terminal, and what the screen says while the gate does not answer."""

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

import pytest

from tests.console.live import Agent, agent
from tests.rig.say import say
from tests.rig.terminal import Terminal, terminal
from tests.support.hubs import HubProcess, running_hub
from tests.support.proxy import Proxy

pytestmark = [pytest.mark.rig, pytest.mark.timeout(300)]

SIZES = [(80, 24), (160, 45)]
ROUNDS = 3
READ_SECONDS = 0.6
"""The dialog takes no key before 400 ms."""
PRESUMED = "presumed stopped: nothing new can start"
LIES = ("STOPPED", "confirmed stopped", "CONFIRMED ")


class Away(NamedTuple):
    """An agent, how its gate is made silent, and how it gets its voice back."""

    agent: Agent
    silence: Callable[[], None]
    speak: Callable[[], None]


@contextmanager
def _frozen(hub: HubProcess, _: Proxy) -> Iterator[Away]:
    with agent(hub) as made:
        yield Away(made, made.freeze, lambda: made.process.send_signal(signal.SIGCONT))


@contextmanager
def _cut(hub: HubProcess, way: Proxy) -> Iterator[Away]:
    there = HubProcess(hub.data)
    there.url, there.agent_token = way.url, hub.agent_token
    with agent(there) as made:
        yield Away(made, way.hole, way.heal)


def _lies(said: str) -> bool:
    """Say whether a screen calls the run stopped in any of the product's words for a proven stop."""
    return (
        any(lie in re.sub("presumed stopped", "", said, flags=re.IGNORECASE) for lie in LIES)
        or "Traceback" in said
    )


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("silenced", [_frozen, _cut])
def test_the_screen_never_says_stopped_before_it_is_proven(
    size: tuple[int, int], silenced: Callable[[HubProcess, Proxy], AbstractContextManager[Away]]
) -> None:
    """Stopping with the call in flight, then presumed after the rights ran out, and confirmed only when it is."""
    for number in range(ROUNDS):
        say(f"round {number} of {silenced.__name__} at {size}")
        with Proxy() as way, running_hub(options=("--host", way.url.removeprefix("http://"))) as hub:
            way.aim(hub.url)
            with silenced(hub, way) as away, terminal(hub, *size) as screen:
                _round(hub, screen, away)


def _round(hub: HubProcess, screen: Terminal, away: Away) -> None:
    run = away.agent.run
    screen.until(run[:8], "RUN 1")
    away.silence()
    screen.watching = _lies
    screen.type("K")
    screen.until("in flight", "refund")
    time.sleep(READ_SECONDS)
    screen.type("y")
    screen.until("STOPPING", "in flight", "refund")
    _stop(hub, run, "recorded")
    screen.until(PRESUMED, within=20.0)
    _stop(hub, run, "presumed")
    for _, said in screen.during(2.0):
        assert "refund" in said
    assert screen.slips == []
    screen.watching = lambda _: False
    away.speak()
    away.agent.release()
    screen.until("CONFIRMED STOPPED")
    _stop(hub, run, "confirmed")


def _stop(hub: HubProcess, run: str, wanted: str) -> None:
    assert hub.get(f"/v1/runs/{run}")["run"]["stop"] == wanted
