"""Arguments by name, as the tool will see them: bound by signature with defaults, ``self`` dropped."""

import inspect
from collections.abc import Callable
from typing import Any

from interlock.errors import ArgumentsError

__all__ = ["Binder"]

_SIMPLE = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Binder:
    """Binds one function's arguments. The common shapes take a dictionary's time, the rest ``inspect``'s."""

    def __init__(self, tool: str, fn: Callable[..., Any]) -> None:
        self._tool = tool
        self._signature = inspect.signature(fn)
        parameters = list(self._signature.parameters.values())
        self._drop = parameters[0].name if parameters and parameters[0].name in ("self", "cls") else None
        self._plain = self._drop is None and all(p.kind in _SIMPLE for p in parameters)
        self._positional = [p.name for p in parameters if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        self._names = {p.name for p in parameters}
        self._defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments by name. Raises ArgumentsError when they do not fit the signature."""
        if self._plain and len(args) <= len(self._positional) and not (args and kwargs):
            bound = self._defaults.copy()
            bound.update(zip(self._positional, args, strict=False))
            bound.update(kwargs)
            if bound.keys() == self._names:
                return bound
        try:
            slow = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentsError(self._tool, str(error)) from None
        slow.apply_defaults()
        bound = dict(slow.arguments)
        if self._drop is not None:
            bound.pop(self._drop, None)
        return bound
