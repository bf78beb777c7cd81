"""The operator's end of a measurement: blocking sockets, and clocks read right beside them."""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.bench.ground import Hub

TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Answer:
    """One HTTP answer with the moments (monotonic seconds) before the request's first and after its last byte."""

    status: int
    body: Any
    sent: float
    done: float

    @property
    def ms(self) -> float:
        return (self.done - self.sent) * 1e3


class Operator:
    """One kept-alive HTTP connection to a hub."""

    def __init__(self, hub: Hub) -> None:
        self._head = f"Host: 127.0.0.1:{hub.port}\r\nAuthorization: Bearer {hub.operator_token}\r\n"
        self._socket = _dial(hub.port)

    def order(self, verb: str, runs: list[str]) -> Answer:
        """Post an order and return the answer. Raises RuntimeError unless it is 200."""
        answer = self.call("POST", "/v1/orders", {"verb": verb, "runs": runs, "reason": "bench"})
        if answer.status != 200:
            raise RuntimeError(f"{verb} answered {answer.status}: {answer.body}")
        return answer

    def get(self, path: str) -> Any:
        """Return the body of a GET. Raises RuntimeError unless it is 200."""
        answer = self.call("GET", path)
        if answer.status != 200:
            raise RuntimeError(f"GET {path} answered {answer.status}: {answer.body}")
        return answer.body

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Send one request and return its answer."""
        data = b"" if body is None else json.dumps(body).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n" if data else ""
        request = f"{method} {path} HTTP/1.1\r\n{self._head}{kind}\r\n".encode() + data
        sent = time.monotonic()
        self._socket.sendall(request)
        head, rest = self._until_head()
        size = int(_field(head, b"content-length"))
        while len(rest) < size:
            rest += self._more()
        done = time.monotonic()
        return Answer(int(head.split(b" ", 2)[1]), json.loads(rest), sent, done)

    def _until_head(self) -> tuple[bytes, bytes]:
        received = self._more()
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, rest = received.partition(b"\r\n\r\n")
        return head, rest

    def _more(self) -> bytes:
        piece = self._socket.recv(1 << 20)
        if not piece:
            raise ConnectionError("the hub closed the operator's connection")
        return piece

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Echo:
    """The floor's end: one round trip of as many bytes as an order has."""

    def __init__(self, port: int, size: int = 320) -> None:
        self._socket, self._bytes = _dial(port), b"x" * size

    def ms(self) -> float:
        """Return one round trip in ms."""
        sent = time.monotonic()
        self._socket.sendall(self._bytes)
        missing = len(self._bytes)
        while missing:
            missing -= len(self._socket.recv(missing))
        return (time.monotonic() - sent) * 1e3

    def close(self) -> None:
        self._socket.close()


class Disk:
    """The floor of everything recorded: append 1 KB to a file and fdatasync it."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "appended", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def ms(self) -> float:
        """Return one append with its sync in ms."""
        begun = time.monotonic()
        os.write(self._file, b"x" * 1024)
        os.fdatasync(self._file)
        return (time.monotonic() - begun) * 1e3

    def close(self) -> None:
        os.close(self._file)


def cpu_s(pid: int, threads: str = "*") -> float:
    """Return the CPU seconds the threads a process has now have used so far; the first one's name is the pid.

    The scheduler counts them in nanoseconds, where a process's own times come in hundredths of a second.
    """
    return (
        sum(
            int(task.read_text().split()[0])
            for task in Path(f"/proc/{pid}/task").glob(f"{threads}/schedstat")
        )
        / 1e9
    )


def peak_mib(pid: int) -> float:
    """Return the largest resident size a process ever had, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell a process's peak size")


def _field(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    raise RuntimeError(f"the answer has no {name.decode()}: {head!r}")


def _dial(port: int) -> socket.socket:
    connected = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected
