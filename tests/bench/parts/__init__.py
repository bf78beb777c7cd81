"""The processes beside a bench. Each answers one JSON command a line on its input, and ends with its input."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from inspect import isawaitable
from typing import Any

Commands = Mapping[str, Callable[[dict[str, Any]], Any]]


async def serve(commands: Commands) -> None:
    """Answer commands one after the other until the input ends."""
    reader = asyncio.StreamReader(limit=1 << 24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        asked = json.loads(line)
        try:
            answer = commands[asked["do"]](asked)
            answer = await answer if isawaitable(answer) else answer
        except Exception as error:  # noqa: BLE001 - the bench decides what a failed part means
            answer = _failed(error)
        _say(answer)


def serve_in_turn(commands: Commands) -> None:
    """The same for a part without an event loop."""
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = commands[asked["do"]](asked)
        except Exception as error:  # noqa: BLE001 - the bench decides what a failed part means
            answer = _failed(error)
        _say(answer)


def _failed(error: Exception) -> dict[str, str]:
    return {"failed": f"{type(error).__name__}: {error}"}


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
