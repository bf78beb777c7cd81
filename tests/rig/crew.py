"""Agents of the soak as processes: forked by one that imported everything, so that forty begin at once."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.gameday.sandbox import GUARD, Sandbox

__all__ = ["Crew"]

SOAKERS = Path(__file__).with_name("soakers.py")


class Crew:
    """So many agents, each a process and a gate of its own. A context manager: at the end all of them are gone."""

    def __init__(self, box: Sandbox, count: int) -> None:
        environ = os.environ | box.till.environment() | box.hub.environment()
        self._mother = subprocess.Popen(
            [sys.executable, "-P", str(SOAKERS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            text=True,
            start_new_session=True,
        )
        self._living = [self._fork(number) for number in range(count)]

    def _fork(self, number: int) -> int:
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.write(f"{number}\n")
        self._mother.stdin.flush()
        return int(self._mother.stdout.readline())

    def replace(self, number: int) -> None:
        """Kill one, and let another one take its place."""
        os.kill(self._living[number], signal.SIGKILL)
        self._living[number] = self._fork(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.killpg(self._mother.pid, signal.SIGKILL)
        self._mother.wait(GUARD)
        for pipe in (self._mother.stdin, self._mother.stdout):
            assert pipe is not None
            pipe.close()
