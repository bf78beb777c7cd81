"""``python -m interlock.gameday.ledger --folder DIR --ready-file F``: the ledger as a process of its own.

One line of JSON in, one line of JSON out, over a loopback socket. ``{"do": "lookup" | "refund" | "mail" | "change" |
"cancel" | "find" | "slow" | "quote" | "customers", "key": KEY, "run", "permit", "known_as", "order", ...}`` is answered
by ``{"ok": ...}`` or ``{"refused": "why"}``, after the effect is on disk. The ready file (mode 0600) says where, and
with which key: ``{"address", "key", "pid", "effects"}``.
"""

import argparse
import hmac
import json
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, cast

from interlock.gameday.company import LETTERS, book
from interlock.gameday.ledger.books import KINDS, Books, Refusal
from interlock.gameday.ledger.carrier import Carrier

LINE_MAX = 64 * 1024


class Counter(ThreadingTCPServer):
    """The desk's counter: a thread for each customer, so that a slow one keeps nobody waiting."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, books: Books) -> None:
        super().__init__(("127.0.0.1", 0), Clerk)
        self.books = books
        self.carrier = Carrier(time.monotonic)
        self.key = secrets.token_hex(16)


class Clerk(StreamRequestHandler):
    """Answers the lines of one connection."""

    timeout = 60.0

    def handle(self) -> None:
        """Answer line by line until the other side is done or talks nonsense."""
        try:
            while line := self.rfile.readline(LINE_MAX):
                answer = self._answer(line)
                self.wfile.write(json.dumps(answer).encode() + b"\n")
        except (OSError, ValueError):
            return

    def _answer(self, line: bytes) -> dict[str, Any]:
        asked: dict[str, Any] = json.loads(line)
        counter = cast("Counter", self.server)
        if not hmac.compare_digest(str(asked.get("key")).encode(), counter.key.encode()):
            return {"refused": "wrong key"}
        try:
            if asked.get("do") == "track":
                return {"ok": counter.carrier.track(counter.books.lookup(str(asked["order"])))}
            return {"ok": _do(counter.books, asked)}
        except Refusal as refusal:
            return {"refused": str(refusal)}
        except (KeyError, TypeError, ValueError) as error:
            return {"refused": f"not understood: {error!r}"}


def _do(books: Books, asked: dict[str, Any]) -> Any:
    what, order = str(asked["do"]), str(asked["order"])
    if what == "lookup":
        return books.lookup(order)
    if what == "slow":
        return books.slow(order, float(asked["acts_after"]), float(asked["answers_after"]))
    if what == "quote":
        # The carrier's service answers, politely and at once, with nothing: this is the fault.
        return {"order": books.lookup(order)["order"], "status": "ok", "quotes": []}
    if what in _ASKS:
        return _ASKS[what](books, asked)
    if what not in KINDS:
        raise Refusal(f"nobody here can {what!r}")
    return _act(books, asked, what, order)


def _letter(books: Books, order: str) -> dict[str, Any]:
    row = books.lookup(order)
    return {"order": order, "from": row["email"], "text": LETTERS.get(order, "")}


def _act(books: Books, asked: dict[str, Any], what: str, order: str) -> Any:
    detail = {name: asked[name] for name in _DETAIL[what]}
    if what == "cancel":
        refund = books.refunded(str(asked["refund_id"]))
        order, detail = refund["order"], {"refund": refund["n"], "amount": refund["amount"]}
    row = books.lookup(order)
    acts_after = row["acts_after"] if what in _SLOW else 0.0
    answers_after = row["answers_after"] if what == "refund" else 0.0
    time.sleep(acts_after)
    run, permit, known_as = (str(asked.get(name, "")) for name in ("run", "permit", "known_as"))
    answer = books.act(what, run, permit, order, detail, known_as)
    time.sleep(answers_after)
    return answer


_DETAIL = {"refund": ("amount",), "mail": ("to", "body"), "change": ("status",), "cancel": ()}
_SLOW = ("refund", "cancel")
"""What the payment service of an order holds up before it acts. Only a refund is answered late."""
_ASKS: dict[str, Callable[[Books, dict[str, Any]], Any]] = {
    "customers": lambda books, asked: books.customers(int(asked["page"])),
    "letter": lambda books, asked: _letter(books, str(asked["order"])),
    "find": lambda books, asked: books.find(str(asked["known_as"])),
}


def main(words: list[str] | None = None) -> int:
    """Keep the ledger until SIGTERM or SIGINT; return 0."""
    parser = argparse.ArgumentParser(prog="python -m interlock.gameday.ledger", allow_abbrev=False)
    parser.add_argument("--folder", type=Path, required=True, help="where the books lie")
    parser.add_argument("--ready-file", type=Path, required=True, help="written once the counter is open")
    parser.add_argument("--more-orders", type=int, default=0, help="plain orders after those of the story")
    given = parser.parse_args(words)
    given.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Books(given.folder, book(given.more_orders)) as books, Counter(books) as counter:

        def close(*_: object) -> None:
            threading.Thread(target=counter.shutdown).start()

        signal.signal(signal.SIGTERM, close)
        signal.signal(signal.SIGINT, close)
        host, port = counter.server_address[:2]
        ready = {"address": f"{host!s}:{port}", "key": counter.key, "pid": os.getpid()}
        _write(given.ready_file, {**ready, "effects": str(books.effects)})
        threading.Thread(target=_orphaned, args=(os.getppid(), close), daemon=True).start()
        counter.serve_forever(poll_interval=0.1)
    return 0


def _orphaned(parent: int, close: Callable[[], None]) -> None:
    """Nobody is left to end this process: it ends itself."""
    while os.getppid() == parent:
        time.sleep(0.5)
    close()


def _write(path: Path, value: dict[str, Any]) -> None:
    beside = path.with_name(path.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(value, file)
    beside.rename(path)


if __name__ == "__main__":
    sys.exit(main())
