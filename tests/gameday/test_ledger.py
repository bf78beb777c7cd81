"""The ledger: one permit is one effect, on disk before it is answered, over its own death too."""

from pathlib import Path

import pytest

from interlock.gameday.ledger.books import Books, Refusal
from interlock.gameday.proof import read_effects


def refund(books: Books, permit: str) -> dict[str, object]:
    """Refund one order on a permit."""
    return books.act("refund", "r-1", permit, "A-1001", {"amount": 12.0})


def test_one_permit_is_one_effect(tmp_path: Path) -> None:
    """The same permit twice changes nothing the second time, and is answered like the first."""
    with Books(tmp_path) as books:
        first, again, other = refund(books, "p-1"), refund(books, "p-1"), refund(books, "p-2")
        assert again == {**first, "again": True}
        assert other["effect"] == 2
        assert books.lookup("A-1001")["refunded"] == 24.0
    assert [effect["permit"] for effect in read_effects(tmp_path / "effects.jsonl")] == ["p-1", "p-2"]


def test_an_effect_without_run_or_permit_is_refused(tmp_path: Path) -> None:
    """Nobody vouches for such an effect, so there is none."""
    with Books(tmp_path) as books:
        with pytest.raises(Refusal):
            books.act("refund", "r-1", "", "A-1001", {"amount": 1.0})
        with pytest.raises(Refusal):
            books.act("refund", "", "p-1", "A-1001", {"amount": 1.0})
        with pytest.raises(Refusal):
            books.act("burn", "r-1", "p-1", "A-1001", {})
    assert read_effects(tmp_path / "effects.jsonl") == []


def test_books_that_were_closed_know_what_they_did(tmp_path: Path) -> None:
    """After a restart a permit used before is still used, and the numbers go on."""
    with Books(tmp_path) as books:
        refund(books, "p-1")
    with Books(tmp_path) as books:
        assert refund(books, "p-1")["again"] is True
        assert refund(books, "p-2")["effect"] == 2


def test_the_database_follows_the_file(tmp_path: Path) -> None:
    """An effect that is in the file and missed the database is in the database after the next start."""
    with Books(tmp_path) as books:
        refund(books, "p-1")
    for name in ("shop.db", "shop.db-journal"):
        (tmp_path / name).unlink(missing_ok=True)
    with Books(tmp_path) as books:
        assert books.lookup("A-1001")["refunded"] == 12.0


def test_a_line_that_is_still_being_written_is_no_effect(tmp_path: Path) -> None:
    """Whoever reads the file while the ledger writes sees whole effects only."""
    path = tmp_path / "effects.jsonl"
    path.write_text('{"n": 1, "run": "r-1"}\n{"n": 2, "ru', encoding="utf-8")
    assert read_effects(path) == [{"n": 1, "run": "r-1"}]
