"""L6: the offline verifier needs an export and the public key, and each of its checks finds what no other does."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.audit.chain import GENESIS, link
from interlock.audit.export import from_plain, to_plain
from interlock.audit.note import public_key
from interlock.audit.verify import Checked, verify_export
from tests.audit.made import OTHER, PUB, SEED, Made, honest, written
from tests.support.cases import each

pytestmark = pytest.mark.pure

Json = dict[str, Any]


def _check(lines: list[Json], key: str = PUB) -> Checked:
    return verify_export(written(lines), key)


def test_what_a_hub_wrote_passes() -> None:
    """A whole export verifies, and says how much of it there was and in which epoch."""
    found = _check(honest().end())
    assert (found.ok, found.entries, found.checkpoints, found.complete, found.epoch) == (True, 13, 2, True, 1)


def test_an_empty_record_passes() -> None:
    """An export of nothing is one, if the signed head says that there was nothing."""
    made = Made()
    made.lines, made.n, made.head = [], 0, GENESIS
    assert _check(made.end()).ok
    assert not _check(Made().end()[1:]).ok


def _again(lines: list[Json], place: int, **fields: Any) -> None:
    """Change an entry and make every hash behind it anew, as somebody with the file but not the key can."""
    prev = bytes.fromhex(lines[place]["entry"]["prev"])
    for line in lines[place:]:
        if "entry" in line:
            row, _ = from_plain({**line["entry"], **fields})
            row = row._replace(digest=sha256(row.body or b"").digest())
            row = row._replace(hash=link(prev, row))
            line["entry"] = to_plain(row, prev)
            prev, fields = row.hash, {}


def _field(name: str, value: Any) -> Callable[[list[Json]], int | None]:
    def change(lines: list[Json]) -> int:
        lines[4]["entry"][name] = value
        return int(lines[4]["entry"]["n"]) if name != "n" else 5

    return change


def _drop(lines: list[Json]) -> int:
    del lines[4]
    return 5


def _swap(lines: list[Json]) -> int:
    lines[4], lines[5] = lines[5], lines[4]
    return 5


def _twice(lines: list[Json]) -> int:
    lines.insert(5, lines[4])
    return 5


def _cut(lines: list[Json]) -> int:
    del lines[10:13]
    lines[-1]["manifest"]["entries"] -= 3
    return 10


def _cut_the_tail(lines: list[Json]) -> int:
    del lines[11:14]
    lines[-1]["manifest"]["entries"] -= 3
    return 11


def _no_manifest(lines: list[Json]) -> int:
    del lines[-1]
    return 14


def _remade_in_front_of_the_checkpoint(lines: list[Json]) -> int:
    _again(lines, 4, at=1)
    return 8


def _remade_behind_the_checkpoint(lines: list[Json]) -> int:
    _again(lines, 10, at=1)
    return 13


def _count(lines: list[Json]) -> None:
    lines[-1]["manifest"]["entries"] = 12


def _format(lines: list[Json]) -> None:
    lines[-1]["manifest"]["format"] = 2


def _more(lines: list[Json]) -> None:
    lines.append(lines[3])


def _second_manifest(lines: list[Json]) -> None:
    lines.append(lines[-1])


def _rubbish(lines: list[Json]) -> int:
    lines[4] = {"note": "nothing to see"}
    return 5


def _two_in_one(lines: list[Json]) -> int:
    lines[4] = {"entry": lines[4]["entry"], "checkpoint": {}}
    return 5


def _resigned(lines: list[Json]) -> int:
    lines[8]["checkpoint"]["sig"] = "00" * 64
    return 8


def _said_later(lines: list[Json]) -> int:
    lines[8]["checkpoint"]["at"] += 1
    return 8


def _moved_checkpoint(lines: list[Json]) -> int:
    lines.insert(10, lines.pop(8))
    return 8


def _early_checkpoint(lines: list[Json]) -> int:
    lines.insert(3, lines.pop(8))
    return 4


TAMPERS: dict[str, Callable[[list[Json]], int | None]] = {
    **{name: _field(name, "x") for name in ("kind", "run", "order", "permit", "body")},
    **{name: _field(name, "ab" * 32) for name in ("digest", "prev", "hash")},
    **{f"{name} as text": _field(name, "5") for name in ("n", "at")},
    "at": _field("at", 7),
    "no hex": _field("hash", "zz"),
    "drop": _drop,
    "swap": _swap,
    "twice": _twice,
    "cut": _cut,
    "cut the tail": _cut_the_tail,
    "no manifest": _no_manifest,
    "remade in front": _remade_in_front_of_the_checkpoint,
    "remade behind": _remade_behind_the_checkpoint,
    "count": _count,
    "format": _format,
    "more": _more,
    "second manifest": _second_manifest,
    "rubbish": _rubbish,
    "two in one": _two_in_one,
    "another signature": _resigned,
    "another time": _said_later,
    "moved checkpoint": _moved_checkpoint,
    "early checkpoint": _early_checkpoint,
}


@each(TAMPERS)
def test_every_change_of_an_export_is_found(kind: str) -> None:
    """Whatever somebody without the key does to the file, the verifier names the first bad entry."""
    lines: list[Json] = json.loads(json.dumps(honest().end()))
    bad = TAMPERS[kind](lines)
    found = _check(lines)
    assert not found.ok
    assert found.problem
    if bad is not None:
        assert found.first_bad == bad


def test_a_record_signed_by_another_key_is_refused() -> None:
    """A forger's own record is whole by its own key, and nothing by the hub's."""
    forged = Made(OTHER)
    forged.entry("order", {"verb": "resume"})
    assert _check(forged.end(), public_key(OTHER)).ok
    forged = Made(OTHER)
    found = _check(forged.end())
    assert not found.ok
    assert "not signed by the key" in found.problem


def test_a_key_that_nobody_announced_vouches_for_nothing() -> None:
    """A checkpoint by a key that no entry names is refused; one that an entry names is taken."""
    made = honest()
    made.checkpoint(OTHER)
    found = _check(made.end())
    assert (found.ok, found.first_bad) == (False, 13)
    assert "nobody announced" in found.problem
    made = honest()
    made.entry("signing_key", {"key": public_key(OTHER), "origin": "o"})
    made.checkpoint(OTHER)
    assert _check(made.end(head=made.point(OTHER)), public_key(OTHER)).ok


def test_checkpoints_are_of_one_record_and_of_its_epoch() -> None:
    """Another record's name or another epoch in a signed checkpoint is a fork."""
    made = honest()
    made.checkpoint(origin="o-ffffffffffffffff")
    assert "another record" in _check(made.end()).problem
    made = honest()
    made.checkpoint(epoch=2)
    assert "says epoch 2" in _check(made.end()).problem


def test_an_epoch_only_grows() -> None:
    """After a restore the record says so; one that goes back is refused."""
    made = honest()
    made.entry("epoch", {"epoch": 5})
    made.checkpoint()
    assert _check(made.end()).epoch == 5
    made = honest()
    made.entry("epoch", {"epoch": 5})
    made.entry("epoch", {"epoch": 5})
    found = _check(made.end())
    assert (found.ok, found.first_bad) == (False, 15)


def _filtered(*, vouched: bool = True) -> Made:
    made = Made()
    if vouched:
        made.checkpoint()
    for number in range(9):
        shown = number % 3 == 0
        made.entry("order", {"number": number}, shown=shown)
        if shown and vouched:
            made.checkpoint()
    return made


def test_a_filtered_export_vouches_for_what_it_shows() -> None:
    """Each entry of it has a signature of its own; what was left out is said to be."""
    found = _check(_filtered().end({"kind": "order"}))
    assert (found.ok, found.complete, found.entries) == (True, False, 4)


def test_a_filtered_export_is_of_one_record() -> None:
    """A head of another record does not go with entries of this one, also by the same key."""
    made = _filtered()
    made.entry("order", {"number": 9}, shown=False)
    head = made.point(origin="o-ffffffffffffffff")
    assert "another record" in _check(made.end({"kind": "order"}, head)).problem


@pytest.mark.parametrize("kind", ["epoch", "signing_key"])
def test_a_body_of_another_shape_is_refused(kind: str) -> None:
    """What the verifier learns from is looked at before it is believed."""
    made = honest()
    made.entry(kind, [])
    found = _check(made.end())
    assert (found.ok, found.first_bad) == (False, 14)


def test_gaps_that_nobody_asked_for_are_missing_entries() -> None:
    """Without a filter in its manifest an export has no gaps."""
    made = _filtered()
    made.entry("order", {"number": 9})
    assert not _check(made.end()).ok


def test_an_invented_entry_in_a_filtered_export_is_refused() -> None:
    """Where the chain has gaps only a signature by the given key vouches: not the chain, and not a key it names."""
    found = _check(_filtered(vouched=False).end({"kind": "order"}))
    assert (found.ok, found.first_bad) == (False, 1)
    forged = Made(OTHER)
    forged.checkpoint()
    for number in range(4):
        forged.entry("order", {"number": number}, shown=number == 2)
        if number == 2:
            forged.checkpoint()
    head = honest().point(SEED, n=99)
    found = _check(forged.end({"kind": "order"}, head))
    assert not found.ok
    assert "another key" in found.problem


WHOLE = "".join(written(honest().end()))


@pytest.mark.parametrize("word", ["format", "entries", "first", "last", "filters", "head"])
def test_a_manifest_is_written_as_one_is(word: str) -> None:
    """Each of its words is there under its name, and no other is."""
    *lines, last = honest().end()
    said = dict(last["manifest"])
    kept = said.pop(word)
    assert not _check([*lines, {"manifest": said}]).ok
    assert not _check([*lines, {"manifest": said | {"0" + word: kept}}]).ok
    assert not _check([*lines, {"manifest": last["manifest"] | {"0" + word: kept}}]).ok


@pytest.mark.parametrize("word", ["entries", "first", "last"])
def test_a_manifest_says_what_came_before_it(word: str) -> None:
    """How many entries, and which was the first and the last of them."""
    *lines, last = honest().end()
    said = last["manifest"] | {word: last["manifest"][word] + 1}
    assert "the manifest says" in _check([*lines, {"manifest": said}]).problem


@given(st.integers(0, len(WHOLE) - 1), st.characters())
def test_no_change_of_a_letter_raises_or_passes_for_another_record(at: int, letter: str) -> None:
    """One letter made another is found, or, as hex or white space that means the same, changes nothing recorded."""
    text = WHOLE[:at] + letter + WHOLE[at + 1 :]
    found = verify_export(text.splitlines(keepends=True), PUB)
    assert not found.ok or text.lower().rstrip() == WHOLE.lower().rstrip()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "nul",
        '{"entry":null}',
        '{"entry":{"n":1}}',
        '{"checkpoint":[]}',
        '{"manifest":3}',
        "[" * 9999,
    ],
)
def test_rubbish_is_refused_and_never_raises(line: str) -> None:
    """Any line that is none of an export ends in a verdict."""
    assert not verify_export([line], PUB).ok
