"""L5 end to end: a console that saw a hub is told when yesterday's copy of its record answers in its place."""

import shutil
import time
from pathlib import Path

from interlock_console.client import Hub
from interlock_console.link import Link
from interlock_console.state import Fleet
from tests.support.hubs import GUARD, HubProcess


def _watched(hub: HubProcess) -> str:
    """Follow a hub until it told of its record; return what is wrong with that."""
    fleet = Fleet()
    link = Link(Hub(hub.url, hub.operator_token, "test"), fleet)
    link.start()
    try:
        until = time.monotonic() + GUARD
        while (found := fleet.head(time.monotonic()).hub) is None or "rolled_back" not in found:
            assert time.monotonic() < until
            time.sleep(0.02)
        return str(found["rolled_back"])
    finally:
        link.stop()


def test_yesterdays_copy_under_the_same_address_is_called_so(tmp_path: Path) -> None:
    """Also by a console that starts after the copy was put there, and again by the next one."""
    hub = HubProcess(tmp_path / "data")
    with hub:
        hub.stop()
        shutil.copytree(tmp_path / "data", tmp_path / "yesterday")
        hub.start()
        for text in ("one", "two"):
            body = {"verb": "pause", "scope": {"role": text}, "reason": text}
            assert hub.ask("POST", "/v1/orders", body)[0] == 200
        assert _watched(hub) == ""
        hub.stop()
        shutil.rmtree(tmp_path / "data")
        shutil.move(tmp_path / "yesterday", tmp_path / "data")
        hub.start()
        for _ in range(2):
            assert "entries" in _watched(hub)
