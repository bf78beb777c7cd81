"""Arguments by name, as the tool will see them: bound by signature with defaults, ``self`` dropped."""

import hashlib
import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from interlock.errors import ArgumentsError

__all__ = ["Binder"]

_SIMPLE = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_SHAPES: dict[object, type] = {
    inspect.Parameter.VAR_POSITIONAL: list,
    inspect.Parameter.VAR_KEYWORD: dict,
}
_DOMAIN = b"interlock.definition.v1"


class Binder:
    """Binds one function's arguments. The common shapes take a dictionary's time, the rest ``inspect``'s."""

    def __init__(self, tool: str, fn: Callable[..., Any]) -> None:
        self._tool, self._fn = tool, fn
        self._digests: dict[str, str] = {}
        self._signature = inspect.signature(fn)
        parameters = list(self._signature.parameters.values())
        self._drop = parameters[0].name if parameters and parameters[0].name in ("self", "cls") else None
        self._plain = self._drop is None and all(p.kind in _SIMPLE for p in parameters)
        self._positional = [p.name for p in parameters if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        self.names = {p.name for p in parameters}
        self.whole = self.names if self._plain else None
        """Keywords that are all the arguments there are, and so bound as they stand; None where none can be."""
        self._defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments by name. Raises ArgumentsError when they do not fit the signature.

        It may be ``kwargs`` itself: not to be written to.
        """
        if not args and kwargs.keys() == self.whole:
            return kwargs
        if self._plain and len(args) <= len(self._positional) and not (args and kwargs):
            bound = self._defaults.copy()
            bound.update(zip(self._positional, args, strict=False))
            bound.update(kwargs)
            if bound.keys() == self.names:
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

    def fits(self, bound: dict[str, Any]) -> None:
        """Raise ArgumentsError unless these are exactly the arguments of the signature: none missing, none more.

        Defaults are not filled in: who approved arguments that say less has not seen what would run.
        """
        names = [name for name in self._signature.parameters if name != self._drop]
        missing = next((name for name in names if name not in bound), None)
        if missing is not None:
            raise ArgumentsError(self._tool, f"{missing!r} is missing")
        more = next((name for name in bound if name not in names), None)
        if more is not None:
            raise ArgumentsError(self._tool, f"there is no argument {more[:80]!r}")
        for name in names:
            shape = _SHAPES.get(self._signature.parameters[name].kind)
            if shape is not None and not isinstance(bound[name], shape):
                raise ArgumentsError(self._tool, f"{name!r} is no {shape.__name__}")

    def spread(
        self, bound: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return how to call the function with ``bound``; ``args`` and ``kwargs`` are the caller's, for ``self``."""
        filled = OrderedDict(bound)
        if self._drop is not None:
            filled[self._drop] = args[0] if args else kwargs[self._drop]
        order = [name for name in self._signature.parameters if name in filled]
        whole = inspect.BoundArguments(self._signature, OrderedDict((name, filled[name]) for name in order))
        return whole.args, whole.kwargs

    def definition(self, cls: str) -> str:
        """Return the SHA-256, in hex, of what the tool is said to be: its name, class, signature and docstring.

        Each field is preceded by its length. Defaults that are no plain values count by their type.
        """
        found = self._digests.get(cls)
        if found is None:
            digest = hashlib.sha256(_DOMAIN)
            signature = ", ".join(map(_spelled, self._signature.parameters.values()))
            for text in (self._tool, cls, signature, inspect.getdoc(self._fn) or ""):
                field = text.encode("utf-8", "surrogatepass")
                digest.update(len(field).to_bytes(8, "big"))
                digest.update(field)
            found = self._digests[cls] = digest.hexdigest()
        return found


def _spelled(parameter: inspect.Parameter) -> str:
    """Return a parameter as text that is the same in every process: no addresses."""
    text = f"{parameter.kind.name} {parameter.name}"
    if parameter.annotation is not inspect.Parameter.empty:
        text += f": {inspect.formatannotation(parameter.annotation)}"
    if parameter.default is not inspect.Parameter.empty:
        plain = parameter.default is None or isinstance(parameter.default, str | int | float | bool)
        text += f" = {parameter.default!r}" if plain else f" = {type(parameter.default).__name__}"
    return text
