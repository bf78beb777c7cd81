"""What the company owns: its orders, refunds and mails in SQLite, and every effect as a line of its own file.

The line comes first and is on disk before anything else; the database follows it and catches up from it at start.
One permit is one effect, and so is one idempotency key where whoever asks has one of its own: asked again, the books
answer as they did the first time.
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from interlock.gameday.company import ORDERS, Order

__all__ = ["KINDS", "Books", "Refusal", "boot"]

Json = dict[str, Any]

KINDS = ("refund", "mail", "change", "cancel")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
  "order" TEXT PRIMARY KEY, customer TEXT, email TEXT, item TEXT, amount REAL, status TEXT, note TEXT,
  acts_after REAL, answers_after REAL
) STRICT;
CREATE TABLE IF NOT EXISTS refunds (
  n INTEGER PRIMARY KEY, "order" TEXT, amount REAL, run TEXT, permit TEXT UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS mailbox (
  n INTEGER PRIMARY KEY, "order" TEXT, "to" TEXT, body TEXT, run TEXT, permit TEXT UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS cancels (
  n INTEGER PRIMARY KEY, refund INTEGER UNIQUE, run TEXT, permit TEXT UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS applied (n INTEGER PRIMARY KEY) STRICT;
"""


class Refusal(Exception):
    """The books say no, and why."""


def boot() -> float:
    """Return seconds since the machine booted, by the clock that goes on while processes stand still."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Books:
    """The books in a folder: ``shop.db`` and ``effects.jsonl``. May be used from any thread."""

    def __init__(self, folder: Path, orders: Sequence[Order] = ORDERS) -> None:
        """Open the books, with ``orders`` in them when they are new."""
        self.effects = folder / "effects.jsonl"
        self._lock = threading.Lock()
        self._db = sqlite3.connect(folder / "shop.db", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(_SCHEMA)
        fields = ", ".join(f":{name}" for name in orders[0].row())
        self._db.executemany(f"INSERT OR IGNORE INTO orders VALUES ({fields})", [o.row() for o in orders])  # noqa: S608
        self._answers: dict[str, Json] = {}
        self.count = 0
        for line in self.effects.read_bytes().splitlines() if self.effects.exists() else ():
            self._follow(json.loads(line))
        self._file = self.effects.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close both files."""
        with self._lock:
            self._file.close()
            self._db.close()

    def lookup(self, order: str) -> Json:
        """Return one order, with what was refunded on it so far. Raises Refusal if there is none."""
        with self._lock:
            found = self._db.execute('SELECT * FROM orders WHERE "order" = ?', (order,)).fetchone()
            if found is None:
                raise Refusal(f"no order {order!r}")
            refunded = self._db.execute(
                'SELECT coalesce(sum(amount), 0.0) FROM refunds WHERE "order" = ? AND n NOT IN '
                "(SELECT refund FROM cancels)",
                (order,),
            ).fetchone()[0]
        return {**dict(found), "refunded": refunded}

    def customers(self, page: int) -> list[Json]:
        """Return ten customers of the list, ``page`` from 0 on, with name and address."""
        with self._lock:
            found = self._db.execute(
                'SELECT customer, email FROM orders ORDER BY "order" LIMIT 10 OFFSET ?', (page * 10,)
            )
            return [dict(row) for row in found]

    def slow(self, order: str, acts_after: float, answers_after: float) -> None:
        """Let refunds of this order act, and then answer, that many seconds late from now on."""
        with self._lock:
            self._db.execute(
                'UPDATE orders SET acts_after = ?, answers_after = ? WHERE "order" = ?',
                (acts_after, answers_after, order),
            )

    def find(self, known_as: str) -> Json:
        """Return whether an effect was asked for under this key or permit, and what was answered."""
        with self._lock:
            answer = self._answers.get(known_as)
        return {"found": False} if answer is None else {"found": True, **answer}

    def refunded(self, refund: str) -> Json:
        """Return a refund by its name, or by the permit or key it was paid on, with its number and order.

        Raises Refusal if there is none to cancel.
        """
        number = int(refund.removeprefix("rf-")) if refund.removeprefix("rf-").isdecimal() else 0
        with self._lock:
            number = number or self._answers.get(refund, {}).get("effect", 0)
            row = self._db.execute('SELECT n, "order", amount FROM refunds WHERE n = ?', (number,)).fetchone()
        if row is None:
            raise Refusal(f"no refund {refund!r}")
        return dict(row)

    def act(self, kind: str, run: str, permit: str, order: str, detail: Json, known_as: str = "") -> Json:
        """Let one effect happen and return what the desk answers. The same permit, or key, again changes nothing.

        Raises Refusal for an effect without a run or a permit: nobody vouches for it.
        """
        if kind not in KINDS:
            raise Refusal(f"no effect {kind!r}, there are {', '.join(KINDS)}")
        if not run or not permit:
            raise Refusal(f"a {kind} needs the run and the permit it is done on")
        self.lookup(order)
        with self._lock:
            if (known_as or permit) in self._answers:
                return {**self._answers[known_as or permit], "again": True}
            if kind == "cancel":
                self._uncancelled(detail["refund"])
            stamp = {"n": self.count + 1, "kind": kind, "boot": boot(), "wall": time.time()}
            effect = {**stamp, "run": run, "permit": permit, "order": order, **detail}
            if known_as and known_as != permit:
                effect["known_as"] = known_as
            self._file.write(json.dumps(effect).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            return self._follow(effect)

    def _uncancelled(self, refund: int) -> None:
        if self._db.execute("SELECT 1 FROM cancels WHERE refund = ?", (refund,)).fetchone() is not None:
            raise Refusal(f"refund 'rf-{refund}' is cancelled already")

    def _follow(self, effect: Json) -> Json:
        """Bring the database after a line that is on disk, and remember the answer of its permit."""
        n = self.count = effect["n"]
        self._db.execute("BEGIN IMMEDIATE")
        fresh = self._db.execute("INSERT OR IGNORE INTO applied VALUES (?)", (n,)).rowcount
        if fresh:
            _APPLY[effect["kind"]](self._db, effect)
        self._db.execute("COMMIT")
        answer = {"effect": n, "kind": effect["kind"], "order": effect["order"], "at": effect["wall"]}
        if effect["kind"] == "refund":
            answer["refund_id"] = f"rf-{n}"
        self._answers[effect.get("known_as") or effect["permit"]] = answer
        return answer


def _refund(db: sqlite3.Connection, effect: Json) -> None:
    db.execute("INSERT INTO refunds VALUES (:n, :order, :amount, :run, :permit)", effect)


def _mail(db: sqlite3.Connection, effect: Json) -> None:
    db.execute("INSERT INTO mailbox VALUES (:n, :order, :to, :body, :run, :permit)", effect)


def _change(db: sqlite3.Connection, effect: Json) -> None:
    db.execute('UPDATE orders SET status = :status WHERE "order" = :order', effect)


def _cancel(db: sqlite3.Connection, effect: Json) -> None:
    db.execute("INSERT INTO cancels VALUES (:n, :refund, :run, :permit)", effect)


_APPLY = {"refund": _refund, "mail": _mail, "change": _change, "cancel": _cancel}
