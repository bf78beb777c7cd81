"""HTTP connections that hand a request over in one piece: http.client sends its head first and its body after it.

For an order the difference is a second waking of the hub, before the gate hears of it.
"""

from http.client import HTTPConnection, HTTPSConnection
from typing import Any

__all__ = ["WholeConnection", "WholeSecureConnection"]


class _Whole(HTTPConnection):
    _pieces: list[bytes] | None = None

    def request(self, *args: Any, **more: Any) -> None:
        """Send a request whose body is bytes, or none."""
        pieces: list[bytes] = []
        self._pieces = pieces
        try:
            super().request(*args, **more)
        finally:
            self._pieces = None
        self.send(b"".join(pieces))

    def send(self, data: Any) -> None:
        """Keep a piece of the request that is being made, or send what is no part of one."""
        if self._pieces is None:
            super().send(data)
        else:
            self._pieces.append(data)


class WholeConnection(_Whole):
    """To a hub as it is."""


class WholeSecureConnection(_Whole, HTTPSConnection):
    """To a hub behind TLS."""
