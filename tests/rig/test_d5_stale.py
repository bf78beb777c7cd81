"""D5 in full: a hub that stands still, seen on a real terminal: old data is marked as old on every pane, in time."""

import pytest

from tests.console.live import agent
from tests.rig.say import say
from tests.rig.terminal import Terminal, terminal
from tests.support.hubs import HubProcess, running_hub

pytestmark = [pytest.mark.rig, pytest.mark.timeout(300)]

STALE_AFTER, PULSE = 5.0, 1.0
SLACK = 3.0
"""A terminal on a busy machine paints late. Without the mark a minute passes with none at all."""
PANES = {"fleet": 3, "run": 3}
"""How many places of the view must say so: line 1, and every pane with data."""


def _open(screen: Terminal, view: str, run: str) -> None:
    screen.until(run, "live <1s")
    if view == "run":
        screen.type("\r")
        screen.until("refund", "running")


@pytest.mark.parametrize("view", PANES)
def test_a_hub_still_for_three_seconds_is_not_called_stale(view: str) -> None:
    """Three seconds are within what the link may be silent for: nothing is marked, and the data is live again."""
    with running_hub() as hub, agent(hub) as made, terminal(hub, 160, 45) as screen:
        _open(screen, view, made.run)
        hub.freeze()
        seen = screen.during(3.0)
        hub.thaw()
        assert not [said for at, said in seen if "STALE" in said and at < STALE_AFTER - PULSE]
        screen.until("live <1s", unless="STALE")


@pytest.mark.parametrize("view", PANES)
def test_a_hub_still_for_a_minute_is_stale_on_every_pane(view: str) -> None:
    """The mark comes five to six seconds after the last frame, stays as long as the silence, and goes after it."""
    with running_hub() as hub, agent(hub) as made, terminal(hub, 160, 45) as screen:
        _open(screen, view, made.run)
        hub.freeze()
        seen = screen.during(60.0)
        first = next(at for at, said in seen if "STALE" in said)
        say(f"{view}: marked {first:.1f} s after the hub stood still")
        assert STALE_AFTER - PULSE <= first <= STALE_AFTER + PULSE + SLACK
        for at, said in seen:
            if at > STALE_AFTER + PULSE + SLACK:
                marked = [line for line in said.split("\n") if "STALE" in line or "hub away" in line]
                assert len(marked) >= PANES[view], said
        _recovers(hub, screen)


def _recovers(hub: HubProcess, screen: Terminal) -> None:
    hub.thaw()
    screen.until("live <1s", unless="STALE")
