"""Ports for hubs of tests, that stay free while a hub is down between two starts."""

import os
import socket
from itertools import count

__all__ = ["free_port"]

_FIRST, _EACH, _WORKERS = 12_000, 1_000, 20
"""Below what systems hand out by themselves: nobody else gets the port of a hub that is down and will be back."""
_worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
_share = _FIRST + _EACH * ((int(_worker) if _worker.isdecimal() else os.getpid()) % _WORKERS)
_numbers = count(os.getpid())


def free_port() -> int:
    """Return a port of the loopback address that nobody listens at, and that no other worker of the suite asks for."""
    for _ in range(_EACH):
        port = _share + next(_numbers) % _EACH
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no port from {_share} to {_share + _EACH - 1} is free")
