"""L5: an older copy of the record, or another one, is found by what consoles and gates saw before."""

import json
from pathlib import Path
from typing import Any

import pytest

from interlock.heads import Head, compare
from interlock.link.witness import Witness as GateWitness
from interlock_console.witness import Witness

URL = "http://127.0.0.1:7117"


def _head(n: int, epoch: int = 1, hashed: str = "", origin: str = "o-00000000000000aa") -> Head:
    return Head(origin=origin, epoch=epoch, n=n, hash=hashed or f"{n:064x}")


def _told(head: Head) -> dict[str, Any]:
    return head.model_dump(mode="json", exclude={"kind"})


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A state folder of this test."""
    return {"XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}


@pytest.mark.pure
@pytest.mark.parametrize(
    ("now", "word"),
    [
        (_head(9), ""),
        (_head(7), ""),
        (_head(8, epoch=2, hashed="ab" * 32), ""),
        (_head(3, epoch=2), ""),
        (_head(6), "had 7 entries, and has 6"),
        (_head(7, hashed="ab" * 32), "another hash"),
        (_head(99, origin="o-00000000000000bb"), "another record"),
    ],
)
def test_a_head_that_is_behind_is_found(now: Head, word: str) -> None:
    """Fewer entries, another hash or another record is wrong; more entries or a higher epoch is not."""
    said = compare(_head(7), now)
    assert word in said if word else said == ""
    assert "epoch 1" in compare(_head(7, epoch=2), _head(9))


def test_a_console_remembers_over_a_restart(environ: dict[str, str]) -> None:
    """Yesterday's copy is called so by a console that starts anew, and again by the one after."""
    assert Witness(URL, environ).saw(_told(_head(100))) == ""
    for _ in range(2):
        again = Witness(URL, environ)
        assert "had 100 entries, and has 60" in again.saw(_told(_head(60)))
        assert again.seen == _head(100)
    assert Witness(URL, environ).saw(_told(_head(101))) == ""


def test_a_fork_that_grew_past_what_was_seen_is_found(environ: dict[str, str]) -> None:
    """More entries than before prove nothing: the hub is asked for the one that was its newest."""
    Witness(URL, environ).saw(_told(_head(100)))
    witness = Witness(URL, environ)
    witness.recall(_head(100).hash)
    assert witness.saw(_told(_head(150))) == ""
    witness.recall("ab" * 32)
    assert "entry 150" in witness.saw(_told(_head(200)))
    assert "entry 150" in witness.saw(_told(_head(300)))
    assert Witness(URL, environ).seen == _head(150)
    assert witness.saw(_told(_head(120, epoch=2))) == ""


def test_each_address_has_its_own_history(environ: dict[str, str]) -> None:
    """Another hub is another history."""
    assert Witness(URL, environ).saw(_told(_head(100))) == ""
    assert Witness("http://127.0.0.1:1", environ).saw(_told(_head(3))) == ""


def test_a_person_accepts_what_answers(environ: dict[str, str]) -> None:
    """What is wrong stays wrong until somebody says that it is right."""
    Witness(URL, environ).saw(_told(_head(100)))
    witness = Witness(URL, environ)
    assert witness.saw(_told(_head(60)))
    witness.accept(_told(_head(60)))
    assert Witness(URL, environ).saw(_told(_head(61))) == ""


def test_what_is_no_head_is_passed_over(environ: dict[str, str], tmp_path: Path) -> None:
    """A hub that tells of none, rubbish in the file: nothing is raised, and nothing is remembered of it."""
    witness = Witness(URL, environ)
    odd: tuple[Any, ...] = (None, {}, {"n": -1}, [], {"origin": "x", "epoch": 1, "n": 1, "hash": "y"})
    for told in odd:
        assert witness.saw(told) == ""
    witness.saw(_told(_head(5)))
    (tmp_path / "interlock" / "heads.json").write_text(json.dumps({URL: {"n": "many"}}))
    assert Witness(URL, environ).seen is None


@pytest.mark.pure
def test_a_gate_says_once_that_its_hub_was_rolled_back() -> None:
    """A gate that outlived its hub's record shouts, and keeps what it saw."""
    said: list[str] = []
    witness = GateWitness(said.append)
    for n in (5, 9, 4, 4, 6):
        witness.saw(_head(n))
    assert len(said) == 2
    assert "ROLLED BACK" in said[0]
    assert witness.seen == _head(9)
    witness.saw(_head(10))
    assert witness.problem == ""
