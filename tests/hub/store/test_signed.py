"""Signed checkpoints in a hub's folder: a private key, named by the record before it counts, and found when forged."""

import json
from pathlib import Path

import pytest

from interlock.audit.note import flaw
from interlock.errors import ConfigError
from interlock.hub.record import Record, verify
from interlock.hub.record.signer import FILE
from tests.hub.store.entries import fact


def _announced(folder: Path, count: int = 5) -> Record:
    record = Record.open(folder)
    announcement = record.announcement()
    record.append([*([announcement] if announcement is not None else []), *map(fact, range(count))], 0.0)
    return record


def test_nothing_is_signed_before_the_record_names_the_key(tmp_path: Path) -> None:
    """The key is private; the entry that names it comes first, and from then on each checkpoint is signed."""
    record = Record.open(tmp_path)
    assert (record.sign(), record.vouched([]), record.signed()) == (None, [], [])
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    record.close()
    record = _announced(tmp_path)
    point = record.sign()
    assert point is not None
    assert (point.n, point.hash, point.epoch, flaw(point)) == (record.last, record.head.hex(), 1, "")
    assert record.announcement() is None
    record.close()
    record = Record.open(tmp_path)
    assert {each.n for each in record.signed()} == {point.n}
    assert (record.announcement(), record.origin) == (None, point.origin)
    record.close()
    assert verify(tmp_path).ok


def test_another_key_is_an_entry_and_the_record_keeps_its_name(tmp_path: Path) -> None:
    """A key that was lost is followed by another, which the record names; its own name stays."""
    record = _announced(tmp_path)
    origin, key = record.origin, record.key
    record.close()
    (tmp_path / FILE).unlink()
    record = Record.open(tmp_path)
    assert record.sign() is None
    announcement = record.announcement()
    assert announcement is not None
    assert (announcement.kind, announcement.body["origin"]) == ("signing_key", origin)
    assert announcement.body["key"] == record.key != key
    record.append([announcement], 0.0)
    record.close()
    assert verify(tmp_path).ok
    record = Record.open(tmp_path)
    assert len({point.key for point in record.signed()}) == 2
    record.close()


@pytest.mark.parametrize(
    ("field", "value"), [("sig", "00" * 64), ("epoch", 7), ("origin", "o-x"), ("key", "ab" * 32)]
)
def test_a_forged_checkpoint_is_found(tmp_path: Path, field: str, value: object) -> None:
    """Any field of a signed line that somebody changed without the key is named by the verifier."""
    _announced(tmp_path).close()
    path = tmp_path / "checkpoints.jsonl"
    said = json.loads(path.read_text().splitlines()[-1])
    with path.open("a") as file:
        file.write(json.dumps(said | {field: value}) + "\n")
    verdict = verify(tmp_path)
    assert (verdict.ok, verdict.first_bad) == (False, said["n"])
    assert "not the hub's" in verdict.problem


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """So is a file that holds no key."""
    _announced(tmp_path).close()
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Record.open(tmp_path)
    (tmp_path / FILE).chmod(0o600)
    (tmp_path / FILE).write_text("no key")
    with pytest.raises(ConfigError, match="not a signing key"):
        Record.open(tmp_path)
