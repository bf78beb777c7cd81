"""A hub with a long record: it keeps an image of the world, has the record vouch for it, and starts from it."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.hub.server.images import AFTER
from tests.bench.parts.month import fill
from tests.support.hubs import GUARD, HubProcess

pytestmark = pytest.mark.timeout(400)


def _until(seen: Callable[[], object]) -> None:
    until = time.monotonic() + GUARD * 2
    while not seen():
        assert time.monotonic() < until
        time.sleep(0.05)


def _log(hub: HubProcess) -> str:
    return (hub.data / "hub.log").read_text(encoding="utf-8")


def _last(hub: HubProcess) -> list[str]:
    return [entry["kind"] for entry in hub.get(f"/v1/audit?after={AFTER}&limit=100")["entries"]]


def test_a_hub_keeps_an_image_and_starts_from_it(tmp_path: Path) -> None:
    """It dies before the record vouches for the first, uses none, makes another, dies again and starts from that."""
    fill(tmp_path / "hub", AFTER)
    with HubProcess(tmp_path / "hub", environ={"INTERLOCK_FAILPOINT": "before vouching"}) as hub:
        hub.wait()
        del hub.environ["INTERLOCK_FAILPOINT"]
        hub.start()
        assert "is vouched for by no entry" in _log(hub)
        _until(lambda: "image" in _last(hub))
        hub.kill()
        hub.start()
        assert _log(hub).count("is vouched for by no entry") == 1
        assert "the record is read from the image of entry" in _log(hub)
        assert hub.get("/v1/audit/verify")["ok"]
