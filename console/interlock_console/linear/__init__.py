"""``interlock --linear``: the console as lines, one after another, for screen readers, pipes and dumb terminals.

Nothing is ever drawn over, and no line is written into one that is being typed. What changed is said once it holds:
the run, its word, the sentence behind it, and what it needs. The words are those of every other screen.
"""

import signal
import sys

from interlock_console.client import Hub
from interlock_console.desk import Desk
from interlock_console.linear.keyboard import keyboard
from interlock_console.linear.session import Session
from interlock_console.linear.voice import Voice
from interlock_console.link import Link
from interlock_console.state import Fleet
from interlock_console.station import Station

__all__ = ["run"]


def run(hub: Hub) -> int:
    """Read commands and say what changes until ``quit`` or the end of the input. Return 0, or 4 if no hub answered."""
    station = Station(Fleet(), Desk(hub), read_only=hub.context.read_only, context=hub.context)
    link = Link(hub, station.fleet, who=station.user)
    # Told to end from outside, it still gives the terminal its echo back.
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    link.start()
    try:
        with keyboard(sys.stdin, sys.stdout) as typed:
            return Session(station, typed, Voice(sys.stdout, typed)).run()
    finally:
        link.stop()
        station.desk.close()
