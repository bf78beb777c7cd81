"""What stands between a tool and its downstream: passes everything on, or does one thing wrong with the answers."""

import socket
import threading
from contextlib import suppress
from typing import Literal, Self

__all__ = ["Fault", "Relay", "aimed"]

Fault = Literal["", "late", "lost", "wrong", "down"]
"""Of an answer: held back; swallowed, and the line cut; another text instead. ``down``: no line at all."""

PIECE = 64 * 1024


class Relay:
    """Listens on loopback and forwards to one address. A context manager."""

    def __init__(self, host: str, port: int, *, hold_s: float, wrong: bytes) -> None:
        """``hold_s`` is how long a late answer is held back, ``wrong`` the text that stands for a wrong one."""
        self._to = host, port
        self.hold_s, self._wrong = hold_s, wrong
        self.fault: Fault = ""
        self._over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.1)
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, name="trial-relay", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._server.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                line, _ = self._server.accept()
            except TimeoutError:
                continue
            if self.fault == "down":
                line.close()
                continue
            threading.Thread(target=self._carry, args=(line,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        fault = self.fault
        with near, suppress(OSError), socket.create_connection(self._to, 10.0) as far:
            far.settimeout(None)
            near.settimeout(None)
            asking = threading.Thread(target=_pass, args=(near, far), daemon=True)
            asking.start()
            while answer := far.recv(PIECE):
                if fault == "late":
                    self._over.wait(self.hold_s)
                if fault == "wrong":
                    near.sendall(self._wrong)
                if fault in ("lost", "wrong"):
                    near.shutdown(socket.SHUT_RDWR)
                    return
                near.sendall(answer)
            near.shutdown(socket.SHUT_RDWR)


def _pass(near: socket.socket, far: socket.socket) -> None:
    with suppress(OSError):
        while asked := near.recv(PIECE):
            far.sendall(asked)
        far.shutdown(socket.SHUT_WR)


def aimed(address: str) -> tuple[str, str, int, str]:
    """Split an address, ``HOST:PORT`` or an URL with a port, into what stands before it, host, port, and the rest.

    Raises ValueError where there is no port in it.
    """
    before, slashes, rest = address.rpartition("://")
    place, slash, path = rest.partition("/")
    user, at, place = place.rpartition("@")
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("no HOST:PORT in it")
    return f"{before}{slashes}{user}{at}", host, int(port), f"{slash}{path}"
