"""The style sheet of the console: what was parsed once in these colours is not parsed again.

Textual 8.2.8 parses every source anew for each view that is opened the first time, and forgets what it parsed whenever
the colours are said again. It is more than a third of what opening a view costs. :meth:`Sheet._parse_rules` is internal
to that release, which is why Textual is pinned to it; ``tests/console/test_css.py`` fails when it is not asked.
"""

from __future__ import annotations

from typing import ClassVar

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

__all__ = ["Sheet"]

_Key = tuple[object, ...]


class Sheet(Stylesheet):
    """A style sheet that shares what it parsed with every other in the process. No rule is changed after it is made."""

    # Dozens of sources, each once for every theme that was worn.
    _parsed: ClassVar[LRUCache[_Key, list[RuleSet]]] = LRUCache(1024)

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._colours = self._named()

    def _named(self) -> frozenset[tuple[str, str]]:
        return frozenset(self._variables.items())

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set what ``$name`` stands for; what was parsed with other colours is kept for when they come back."""
        if variables != self._variables:
            super().set_variables(variables)
            self._colours = self._named()

    def reparse(self) -> None:
        """Bring the rules to the colours there are. Raises StylesheetError, and changes nothing, if one is bad."""
        self.parse()

    def _parse_rules(
        self,
        css: str,
        read_from: tuple[str, str],
        is_default_rules: bool = False,
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[RuleSet]:
        key = (css, read_from, is_default_rules, tie_breaker, scope, self._colours)
        found = self._parsed.get(key)
        if found is None:
            found = super()._parse_rules(css, read_from, is_default_rules, tie_breaker, scope)
            self._parsed[key] = found
        return found
