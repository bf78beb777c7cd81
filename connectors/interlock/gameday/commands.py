"""The commands of the console, as an operator types them: processes of their own, their answers read as JSON."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from interlock.gameday.stage import Hub, StageError
from interlock.text import visible

__all__ = ["Operator"]

Json = dict[str, Any]

GUARD_SECONDS = 40.0


class Operator:
    """Somebody with the operator token of this hub, and a keyboard."""

    def __init__(self, hub: Hub) -> None:
        self._environ = {**os.environ, **hub.operator()}

    def types(self, *words: str) -> tuple[int, str]:
        """Run ``interlock WORDS`` to its end; return its exit code and what it printed, made visible."""
        done = self._run(words)
        return done.returncode, visible((done.stdout + done.stderr).strip())

    def asks(self, *words: str) -> tuple[int, Json]:
        """Run ``interlock WORDS --json``; return its exit code and its answer. Raises StageError without one."""
        done = self._run([*words, "--json"])
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            said = visible((done.stderr or done.stdout).strip()[-400:])
            raise StageError(
                f"'interlock {words[0]}' gave no answer (exit {done.returncode}): {said}"
            ) from None

    def starts(self, *words: str) -> "subprocess.Popen[str]":
        """Start ``interlock WORDS`` and return the process, its output in a pipe."""
        return subprocess.Popen(
            self._words(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            env=self._environ,
        )

    def sits_down(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start ``interlock WORDS`` on this process's own terminal."""
        return subprocess.Popen(self._words(words), env=self._environ)

    def _run(self, words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._words(words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=GUARD_SECONDS,
            check=False,
            env=self._environ,
        )

    def _words(self, words: Sequence[str]) -> list[str]:
        return [sys.executable, "-P", "-m", "interlock_console.cli", *words]
