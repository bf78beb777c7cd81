"""The tool on trial: found by name, and behind a gate that repeats nothing by itself."""

import asyncio
import functools
import importlib
import inspect
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from interlock.contract import Contract
from interlock.errors import ConfigError
from interlock.gate import Gate
from interlock.gate.tool import Tool, tool_of

__all__ = ["Subject", "found"]

FORM = "name it MODULE:TOOL, or MODULE:FACTORY.TOOL where FACTORY(gate) returns what has the tool"


class Subject:
    """One tool: its own contract, and a gated twin of it that waits ``limit_s`` at most and makes one attempt."""

    def __init__(self, gate: Gate, tool: Tool, limit_s: float | None) -> None:
        self.name, self.contract = tool.name, tool.contract
        own = tool.contract.timeout_s
        self.limit_s = own if limit_s is None else min(limit_s, own or limit_s)
        self.read = tool.contract.cls == "read"
        bare = Contract(cls=tool.contract.cls, timeout_s=self.limit_s, result=tool.contract.result)
        self.lingers = self.limit_s is not None and not inspect.iscoroutinefunction(tool.fn)
        """Given up on, it goes on in a thread, and says later how it ended."""
        self.late_s = 0.0
        """Seconds that its answer is held back behind its body, where nothing stands before its downstream."""
        self.call: Callable[..., Any] = _blocking(
            gate.tool(contract=bare, name=tool.name)(self._slowed(tool.fn))
        )

    def _slowed(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(fn):

            @functools.wraps(fn)
            async def aslowed(*args: Any, **kwargs: Any) -> Any:
                result = await fn(*args, **kwargs)
                await asyncio.sleep(self.late_s)
                return result

            return aslowed

        @functools.wraps(fn)
        def slowed(*args: Any, **kwargs: Any) -> Any:
            result = fn(*args, **kwargs)
            time.sleep(self.late_s)
            return result

        return slowed


def _blocking(fn: Callable[..., Any]) -> Callable[..., Any]:
    if not inspect.iscoroutinefunction(fn):
        return fn

    async def whole(kwargs: dict[str, Any]) -> Any:
        return await fn(**kwargs)

    def blocking(**kwargs: Any) -> Any:
        return asyncio.run(whole(kwargs))

    return blocking


def found(name: str, gate: Gate, limit_s: float | None) -> Subject:
    """Return the tool of this name. Raises ConfigError where there is none; what its module raises is raised."""
    module, colon, path = name.partition(":")
    if not colon or not path:
        raise ConfigError("not the name of a tool", value=name, fix=FORM)
    sys.path.insert(0, str(Path.cwd()))
    try:
        holder: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ConfigError("no such module", value=error.name, fix=FORM) from None
    steps = path.split(".")
    for place, step in enumerate(steps):
        holder = getattr(holder, step, None)
        last = place == len(steps) - 1
        if callable(holder) and tool_of(holder) is None and not last and not inspect.isclass(holder):
            holder = holder(gate)
    if not callable(holder):
        raise ConfigError("no such tool", value=path, fix=FORM)
    tool = tool_of(holder) or Tool(holder, Contract(), None)
    return Subject(gate, _settled(tool), limit_s)


def _settled(tool: Tool) -> Tool:
    """Return the tool with its class said: one that nobody classified is danger."""
    if tool.contract.cls is None:
        tool.contract = replace(tool.contract, cls="danger")
    return tool
