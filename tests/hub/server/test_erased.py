"""A hub that dies between the record and the trace erases at its next start what the record says is erased."""

from hashlib import sha256

import pytest

from interlock import ids
from tests.hub.server.raw import raw_gate
from tests.support.hubs import running_hub

TEXT = "words that were to be kept for a month " * 2500
DIGEST = sha256(TEXT.encode()).hexdigest()


def test_what_the_record_says_is_erased_is_erased() -> None:
    """Killed right before the answer the text is still there, and gone once a hub runs again; age counts too."""
    run, body = ids.new_run(), {"sha256": DIGEST, "size": len(TEXT), "chunks": [DIGEST], "head": TEXT[:20]}
    with running_hub() as hub:
        with raw_gate(hub) as gate:
            gate.open(run)
            gate.say("chunk", run=run, sha256=DIGEST, data=TEXT)
            gate.events(run, 2, {"kind": "reasoning", "text": body})
            gate.stored(run, 2)
        assert hub.ask("POST", "/v1/erase", {"older_s": 10**6, "reason": "old"})[1]["bodies"] == 0
        hub.stop()
        hub.environ["INTERLOCK_FAILPOINT"] = "before reply"
        hub.start()
        with pytest.raises(ConnectionError):
            hub.ask("POST", "/v1/erase", {"older_s": 0, "reason": "kept long enough"})
        hub.wait()
        del hub.environ["INTERLOCK_FAILPOINT"]
        hub.start()
        (entry,) = hub.get("/v1/audit?kind=erased")["entries"]
        assert entry["body"]["bodies"] == [DIGEST]
        assert hub.ask("GET", f"/v1/bodies/{DIGEST}")[0] == 410
        assert hub.ask("POST", "/v1/erase", {"older_s": 0, "reason": "again"})[1]["bodies"] == 0
        assert hub.get("/v1/audit/verify")["ok"]
