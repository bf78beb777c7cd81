"""How well each text of a theme can be read where it stands: WCAG's contrast of every pair the widgets paint. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from textual.theme import Theme

from interlock_console.widgets.ink import GROUNDS, TONES, TURNED

__all__ = ["LEAST", "LEAST_LINE", "Pair", "faint", "pairs", "ratio"]

LEAST = 4.5
"""WCAG 2.2, 1.4.3: text. A theme may promise more (``contrast = 7``, 1.4.6), never less."""
LEAST_LINE = 3.0
"""WCAG 2.2, 1.4.11: what is no text, such as the frame of a dialog."""

_TERMINAL = {
    "black": "#000000", "red": "#cd0000", "green": "#00cd00", "yellow": "#cdcd00",
    "blue": "#0000ee", "magenta": "#cd00cd", "cyan": "#00cdcd", "white": "#e5e5e5",
    "bright_black": "#7f7f7f", "bright_red": "#ff0000", "bright_green": "#00ff00", "bright_yellow": "#ffff00",
    "bright_blue": "#5c5cff", "bright_magenta": "#ff00ff", "bright_cyan": "#00ffff", "bright_white": "#ffffff",
}  # fmt: skip
"""The sixteen colours as xterm has them: what a terminal shows for a name is its own, this is what is measured."""


class Pair(NamedTuple):
    """An ink on a ground, the contrast it has and the least it must have."""

    ink: str
    ground: str
    has: float
    least: float


def ratio(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21: ``#rrggbb``, or ``ansi_NAME`` as xterm has it."""
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


def _light(colour: str) -> float:
    shown = _TERMINAL.get(colour.removeprefix("ansi_"), colour)
    parts = (int(shown[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def pairs(theme: Theme) -> Iterator[Pair]:
    """Yield every pair that is painted with a theme. A ground that turns ink and ground around is the plain one."""
    colours = theme.variables
    least = max(LEAST, float(colours.get("contrast", LEAST)))
    turned = colours.get(TURNED, "").split()
    for ground in GROUNDS:
        under = colours[f"ground-{'plain' if ground in turned else ground}"]
        for tone in TONES:
            yield Pair(tone, ground, ratio(colours[f"ink-{tone}"], under), least)
    yield Pair("line", "plain", ratio(colours["ground-line"], colours["ground-plain"]), LEAST_LINE)


def faint(theme: Theme) -> list[str]:
    """Return a sentence for every pair that cannot be read well enough."""
    return [
        f"{pair.ink} on {pair.ground} has a contrast of {pair.has:.1f}, it needs {pair.least:g}"
        for pair in pairs(theme)
        if pair.has < pair.least
    ]
