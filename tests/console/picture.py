"""``python -m tests.console.picture OUT.svg [ROLE.svg]``: the fleet in the middle of the sandbox's incident, as a
picture, and the question before an order to a whole role.

Nothing in it is made up: the sandbox's hub and agents run, one run is paused and one is killed by an order, and the
console draws what the hub tells. The picture names no font to fetch and no host.
"""

import argparse
import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path

from textual.pilot import Pilot

from interlock.gameday.cast import house, staff
from interlock.gameday.scenes import SCENARIOS, play
from interlock.gameday.stage import Stage
from interlock.runs import RunState
from interlock_console.app import Console
from interlock_console.client import Client, Hub
from interlock_console.desk import Desk
from interlock_console.link import Link
from interlock_console.state import Fleet
from interlock_console.station import Station
from tests.console.looks import settle, text

SIZE = (140, 31)
AGENTS = 4
WANTED = {"LOST", "LOOP", "UNKNOWN", "PAUSED", "STOPPED", "RUN"}
WAIT_S = 90.0

_FETCHED = re.compile(
    r"@font-face\s*\{[^}]*\}\s*|<!--.*?-->\s*|font-variant-east-asian: full-width;\s*", re.DOTALL
)
_FAMILY = re.compile(r"font-family: *Fira Code[^;]*;\s*font-size: *20px;")
_OURS = "font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: 20.27px;"
"""As wide as the cells Rich reckons with, also for a viewer that does not stretch text to its length."""


def drawn(app: Console) -> str:
    """Return the screen as SVG, in whatever fixed-width font is there."""
    svg = app.export_screenshot(title="interlock", simplify=True)
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    return _FAMILY.sub(_OURS, _FETCHED.sub("", svg)).replace("arial", "sans-serif")


def chosen(runs: dict[str, RunState], taken: set[str]) -> str | None:
    """Return a run at ordinary work that no order was given to yet."""
    calm = (run for run, state in runs.items() if state.phase == "running" and state.agent.raw == "support")
    return next((run for run in calm if run not in taken), None)


async def asked(app: Console, pilot: Pilot[None]) -> str:
    """Ask to kill the role of the run under the cursor, and return the picture of the question. Nothing is sent."""
    for key in ("g", "X", "r", "k"):
        await asyncio.sleep(1.0)
        await pilot.press(key)
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        await settle(pilot)
        if "type the count of targets" in text(pilot):
            return drawn(app)
        await asyncio.sleep(0.1)
    raise SystemExit("the question did not come")


async def picture(url: str, token: str) -> tuple[str, str]:
    """Wait for the incident at this hub, give the two orders, and return the two pictures."""
    hub = Hub(url, token, "the sandbox")
    station = Station(Fleet(), Desk(hub), user="ann")
    link = Link(hub, station.fleet)
    link.start()
    app, client = Console(station), Client(hub)
    ordered: dict[str, str] = {}
    until = time.monotonic() + WAIT_S
    try:
        async with app.run_test(size=SIZE) as pilot:
            while time.monotonic() < until:
                await settle(pilot)
                await asyncio.sleep(0.1)
                verb = next((verb for verb in ("kill", "pause") if verb not in ordered), "")
                if verb and len(station.runs) > 12 and (run := chosen(station.runs, set(ordered.values()))):
                    client.post("/v1/orders", {"verb": verb, "runs": [run], "reason": "a closer look"})
                    ordered[verb] = run
                if station.head().counts.keys() >= WANTED:
                    await asyncio.sleep(1.5)
                    await settle(pilot)
                    if station.head().counts.keys() >= WANTED:
                        return drawn(app), await asked(app, pilot)
        raise SystemExit(f"the incident did not come together: {station.head().counts}")
    finally:
        link.stop()
        client.close()
        station.desk.close()


def main() -> int:
    """Play the sandbox and write the picture."""
    parser = argparse.ArgumentParser(prog="python -m tests.console.picture")
    parser.add_argument("out", type=Path, metavar="OUT.svg")
    parser.add_argument("role", type=Path, nargs="?", metavar="ROLE.svg")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder), 7) as stage:
        hub, till = house(stage, AGENTS)
        staff(stage, AGENTS, hub, till)
        play(stage, hub, till, [scenario.name for scenario in SCENARIOS])
        drawings = asyncio.run(picture(hub.url, hub.operator_token))
    for out, svg in zip((given.out, given.role), drawings, strict=True):
        if out is not None:
            out.write_text(svg, encoding="utf-8")
            sys.stdout.write(f"{out}: {len(svg.encode())} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
